package apiload

import (
	"context"
	"sync/atomic"
	"time"
)

// schedule hands out the requests of a run in the order in which they are due. It waits for no answer: whoever has a
// free connection takes the next request, so that what is due while all are busy queues up.
type schedule struct {
	o     *Options
	start time.Time
	total int // that will be due at the rate
	taken atomic.Int64
	// token is held by the one that waits for the next request to be due: a mutex
	// would let the one that gives it back wait for the next.
	token chan struct{}
}

func newSchedule(o *Options, start time.Time) *schedule {
	s := &schedule{o: o, start: start, total: o.due(o.Duration), token: make(chan struct{}, 1)}
	s.token <- struct{}{}
	return s
}

// due returns when request i is due at the rate.
func (s *schedule) due(i int) time.Time {
	return s.start.Add(time.Duration(float64(i) / s.o.Rate * float64(time.Second)))
}

// end returns when whatever is not answered is given up.
func (s *schedule) end() time.Time { return s.start.Add(s.o.Duration + s.o.Timeout) }

// next waits until the next request is due, and answers its number and that time. It reports false when there is no
// further one to be sent. Where there is time, it has ready done first, which must not take longer than it is told.
func (s *schedule) next(ctx context.Context, ready func(within time.Duration)) (i int, due time.Time, more bool) {
	if s.o.Rate == 0 {
		now := time.Now()
		return int(s.taken.Add(1)) - 1, now, ctx.Err() == nil && now.Sub(s.start) < s.o.Duration
	}
	select {
	case <-s.token:
	case <-ctx.Done():
		return 0, due, false
	}
	defer func() { s.token <- struct{}{} }()
	i = int(s.taken.Load())
	due = s.due(i)
	if left := time.Until(due); i < s.total && left > kernelWait {
		ready(left)
	}
	if i >= s.total || !sleepUntil(ctx, due) || time.Now().After(s.end()) {
		return 0, due, false
	}
	s.taken.Add(1)
	return i, due, true
}

// kernelWait is the part of a wait that is left to the kernel: timers of the runtime are
// up to a millisecond late where it has nothing else to do.
const kernelWait = 2 * time.Millisecond

// sleepUntil waits for a moment, and reports false if ctx ended before it.
func sleepUntil(ctx context.Context, due time.Time) bool {
	if left := time.Until(due); left > kernelWait {
		select {
		case <-time.After(left - kernelWait):
		case <-ctx.Done():
		}
	}
	for left := time.Until(due); left > 0 && ctx.Err() == nil; left = time.Until(due) {
		sleep(left)
	}
	return ctx.Err() == nil
}
