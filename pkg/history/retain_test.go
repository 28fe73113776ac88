package history

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pruned is a store of which only Prune is asked.
type pruned struct {
	Store
	deletes []int64 // by call
	calls   atomic.Int64
}

var errPrune = errors.New("pruning failed")

func (p *pruned) Prune(context.Context, Retention) (int64, error) {
	call := int(p.calls.Add(1))
	if call > len(p.deletes) {
		return 0, errPrune
	}
	return p.deletes[call-1], nil
}

func TestRetain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		store := &pruned{deletes: []int64{7, 0, 3}}
		// A fake clock that moves orders nothing between the two goroutines, so
		// what both touch is atomic.
		var deleted, failures atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			Retain(ctx, store, Retention{MaxRows: 1}, func(n int64, err error) {
				deleted.Add(n)
				if err != nil {
					failures.Add(1)
				}
			})
		}()
		synctest.Wait()
		if calls, rows := store.calls.Load(), deleted.Load(); calls != 1 || rows != 7 {
			t.Errorf("at the start: %d calls, %d deleted", calls, rows)
		}
		time.Sleep(3*retainEvery + time.Second)
		synctest.Wait()
		if calls, rows, failed := store.calls.Load(), deleted.Load(), failures.Load(); calls != 4 || rows != 10 || failed != 1 {
			t.Errorf("after three periods: %d calls, %d deleted, %d failures", calls, rows, failed)
		}
		stop()
		<-done
	})
}
