package history

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// pruned is a store of which only Prune is asked.
type pruned struct {
	Store
	deletes []int64 // by call
	calls   int
}

var errPrune = errors.New("pruning failed")

func (p *pruned) Prune(context.Context, Retention) (int64, error) {
	p.calls++
	if p.calls > len(p.deletes) {
		return 0, errPrune
	}
	return p.deletes[p.calls-1], nil
}

func TestRetain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		store := &pruned{deletes: []int64{7, 0, 3}}
		var deleted int64
		failures, done := 0, make(chan struct{})
		go func() {
			defer close(done)
			Retain(ctx, store, Retention{MaxRows: 1}, func(n int64, err error) {
				deleted += n
				if err != nil {
					failures++
				}
			})
		}()
		synctest.Wait()
		if store.calls != 1 || deleted != 7 {
			t.Errorf("at the start: %d calls, %d deleted", store.calls, deleted)
		}
		time.Sleep(3*retainEvery + time.Second)
		synctest.Wait()
		if store.calls != 4 || deleted != 10 || failures != 1 {
			t.Errorf("after three periods: %d calls, %d deleted, %d failures", store.calls, deleted, failures)
		}
		stop()
		<-done
	})
}
