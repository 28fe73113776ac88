package link

import (
	"context"
	"time"
)

// sleeper waits for moments, again and again, with one timer. It belongs to one goroutine.
type sleeper struct {
	done  <-chan struct{}
	timer *time.Timer
}

// newSleeper returns a sleeper that is woken for good when ctx ends.
func newSleeper(ctx context.Context) *sleeper {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &sleeper{done: ctx.Done(), timer: t}
}

// until waits for the moment, which may have passed, and reports false when it was woken before it. It wakes late by
// what the scheduler takes, about a millisecond on a busy machine.
func (s *sleeper) until(t time.Time) bool {
	d := time.Until(t)
	if d <= 0 {
		return true
	}
	s.timer.Reset(d)
	select {
	case <-s.timer.C:
		return true
	case <-s.done:
		s.timer.Stop()
		return false
	}
}
