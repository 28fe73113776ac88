package stress

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Running is a load that was started. One goroutine may use it at a time.
type Running struct {
	stressors []*workers
	start     time.Time
	group     *errgroup.Group
	ctx       context.Context // of the caller
	load      context.Context // ends with the load
	procs     int             // GOMAXPROCS before
	stop      context.CancelFunc
}

// Start begins a load, which Check has found no fault with. It ends with its timeout, when ctx ends or when a worker
// fails; Wait must be called then. It returns an error if the priority cannot be lowered.
func Start(ctx context.Context, l Load) (*Running, error) {
	if l.Nice > 0 {
		if err := lowerPriority(l.Nice); err != nil {
			return nil, err
		}
	}
	r := &Running{stressors: newWorkers(l), start: time.Now(), ctx: ctx}
	// Workers that compute hold a processor of the Go scheduler each; whoever watches them needs one, too.
	r.procs = runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(r.procs + l.Workers())
	limited, stop := ctx, context.CancelFunc(func() {})
	if l.Timeout > 0 {
		limited, stop = context.WithTimeout(ctx, l.Timeout)
	}
	r.stop = stop
	r.group, limited = errgroup.WithContext(limited)
	r.load = limited
	r.begin(l.Ramp)
	return r, nil
}

// begin starts all workers, and keeps a checkpoint of where the load is in full once their ramp is over.
func (r *Running) begin(ramp time.Duration) {
	var ready sync.WaitGroup
	for _, w := range r.stressors {
		for _, one := range w.runners {
			one.start = r.start
			ready.Add(1)
			r.group.Go(func() error {
				if err := one.run(r.load, ready.Done); err != nil {
					return fmt.Errorf("%s: %w", w.name, err)
				}
				return nil
			})
		}
	}
	r.group.Go(func() error {
		ready.Wait()
		select {
		case <-time.After(ramp):
			for _, w := range r.stressors {
				w.full.Store(new(w.checkpoints()))
			}
		case <-r.load.Done():
		}
		return nil
	})
}

// Context returns a context that ends as the load does: with its timeout, with the context of Start, or
// because a worker failed.
func (r *Running) Context() context.Context { return r.load }

// Status returns what the load did since it was asked last, or since it began.
func (r *Running) Status() Status {
	s := Status{Elapsed: time.Since(r.start)}
	for _, w := range r.stressors {
		now := w.checkpoints()
		s.Stressors = append(s.Stressors, w.between(w.last, now))
		w.last = now
	}
	return s
}

// Wait waits for the end of the load, when all that it took is given back, and returns what it did from the end of its
// ramp; where it ended before, from its beginning. The error is the first of a worker, or that of the caller's context;
// the status is good in either case.
func (r *Running) Wait() (Status, error) {
	err := r.group.Wait()
	elapsed := time.Since(r.start)
	r.stop()
	runtime.GOMAXPROCS(r.procs)
	s := Status{Elapsed: elapsed}
	for _, w := range r.stressors {
		from := w.none()
		if full := w.full.Load(); full != nil {
			from = *full
		}
		s.Stressors = append(s.Stressors, w.between(from, w.checkpoints()))
	}
	if err == nil {
		err = r.ctx.Err()
	}
	return s, err
}
