package apiload

import (
	"context"
	"sync/atomic"
	"time"
)

// turn hands out the requests of a run in the order in which they are due. It waits
// for no answer: whoever has a free connection takes the next request, so that what
// is due while all are busy queues up.
type turn struct {
	o     *Options
	start time.Time
	total int // that will be due at the rate
	taken atomic.Int64
	// token is held by the one that waits for the next request to be due: a mutex
	// would let the one that gives it back wait for the next.
	token chan struct{}
}

func newTurn(o *Options, start time.Time) *turn {
	t := &turn{o: o, start: start, total: o.due(o.Duration), token: make(chan struct{}, 1)}
	t.token <- struct{}{}
	return t
}

// due is when request i is due at the rate.
func (t *turn) due(i int) time.Time {
	return t.start.Add(time.Duration(float64(i) / t.o.Rate * float64(time.Second)))
}

// end is when whatever is not answered is given up.
func (t *turn) end() time.Time { return t.start.Add(t.o.Duration + t.o.Timeout) }

// next waits until the next request is due, and answers its number and that time.
// It reports false when there is no further one to be sent. Where there is time, it
// has ready done first, which must not take longer than it is told.
func (t *turn) next(ctx context.Context, ready func(within time.Duration)) (i int, due time.Time, more bool) {
	if t.o.Rate == 0 {
		now := time.Now()
		return int(t.taken.Add(1)) - 1, now, ctx.Err() == nil && now.Sub(t.start) < t.o.Duration
	}
	select {
	case <-t.token:
	case <-ctx.Done():
		return 0, due, false
	}
	defer func() { t.token <- struct{}{} }()
	i = int(t.taken.Load())
	due = t.due(i)
	if left := time.Until(due); i < t.total && left > nap {
		ready(left)
	}
	if i >= t.total || !sleepUntil(ctx, due) || time.Now().After(t.end()) {
		return 0, due, false
	}
	t.taken.Add(1)
	return i, due, true
}

// nap is the part of a wait that is left to the kernel: timers of the runtime are
// up to a millisecond late where it has nothing else to do.
const nap = 2 * time.Millisecond

// sleepUntil waits for a moment, and reports false if ctx ended before it.
func sleepUntil(ctx context.Context, due time.Time) bool {
	if left := time.Until(due); left > nap {
		select {
		case <-time.After(left - nap):
		case <-ctx.Done():
		}
	}
	for left := time.Until(due); left > 0 && ctx.Err() == nil; left = time.Until(due) {
		sleep(left)
	}
	return ctx.Err() == nil
}
