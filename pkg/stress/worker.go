package stress

import (
	"context"
	"math"
	"sync/atomic"
	"time"
)

// worker is one thread of a load. All calls come from one goroutine.
type worker interface {
	// open takes what the work needs, before the pace begins. It ends early where
	// ctx does; whatever it took is given back by close in any case.
	open(ctx context.Context) error
	// step works off a little of what is owed, which may be nothing, and answers how
	// much it did. It returns within some ten milliseconds, but for a slow disk.
	step(elapsed time.Duration, owed float64) (effort float64, err error)
	// work is all that was done, in the unit of the stressor.
	work() float64
	close() error
}

// period is how long a worker sleeps that owes nothing.
const period = 10 * time.Millisecond

// runner runs a worker at its pace, and holds what others may read of it.
type runner struct {
	worker worker
	debt   debt
	least  float64 // the least that is worth a step

	start  time.Time // of the load
	begun  atomic.Int64
	ended  atomic.Int64 // both in time since start, begun moved by 1 so that 0 is none
	effort atomic.Uint64
	worked atomic.Uint64 // both float64 in bits
}

// run works until ctx ends, which is no error. ready is called once the pace begins, or where it never will.
func (r *runner) run(ctx context.Context, ready func()) (err error) {
	defer func() {
		if closing := r.worker.close(); err == nil {
			err = closing
		}
	}()
	err = r.worker.open(ctx)
	began := time.Now()
	r.begun.Store(int64(began.Sub(r.start)) + 1)
	ready()
	defer func() { r.ended.Store(int64(time.Since(r.start))) }()
	for err == nil && ctx.Err() == nil {
		err = r.step(time.Since(began))
	}
	return err
}

// step does a little of what is owed, or sleeps where that is nothing.
func (r *runner) step(elapsed time.Duration) error {
	owed := r.debt.owed(elapsed)
	if owed < r.least {
		owed = 0
	}
	effort, err := r.worker.step(elapsed, owed)
	r.debt.done += effort
	r.effort.Store(math.Float64bits(r.debt.done))
	r.worked.Store(math.Float64bits(r.worker.work()))
	if owed == 0 {
		time.Sleep(period)
	}
	return err
}

// checkpoint returns what the worker has done by now.
func (r *runner) checkpoint() checkpoint {
	begun, now := r.begun.Load(), time.Since(r.start)
	if begun == 0 {
		return checkpoint{}
	}
	if ended := r.ended.Load(); ended > 0 {
		now = time.Duration(ended)
	}
	return checkpoint{
		begun:   true,
		elapsed: now - time.Duration(begun-1),
		effort:  math.Float64frombits(r.effort.Load()),
		work:    math.Float64frombits(r.worked.Load()),
	}
}

// stopwatch measures the effort of work that has no rate of its own: the time it
// keeps its worker busy, of which a second a second is all there is.
type stopwatch time.Time

func startStopwatch() stopwatch { return stopwatch(time.Now()) }

func (s stopwatch) seconds() float64 { return time.Since(time.Time(s)).Seconds() }
