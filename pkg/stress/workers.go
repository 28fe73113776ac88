package stress

import (
	"math"
	"sync/atomic"
)

// workers are those of one stressor.
type workers struct {
	name    Stressor
	pace    pace
	runners []*runner
	rates   func(progress) (target, achieved float64)
	last    []checkpoint
	full    atomic.Pointer[[]checkpoint] // at the end of the ramp
}

// newWorkers returns all workers of a load, a group for each stressor.
func newWorkers(l Load) []*workers {
	var groups []*workers
	add := func(
		name Stressor, count int, rate, least float64,
		rates func(progress) (float64, float64), newWorker func() worker,
	) {
		w := &workers{name: name, pace: pace{rate, l.Ramp}, rates: rates}
		for range count {
			w.runners = append(w.runners, &runner{worker: newWorker(), debt: debt{pace: w.pace}, least: least})
		}
		w.last = w.none()
		if count > 0 {
			groups = append(groups, w)
		}
	}
	// What has no rate is owed a second of work a second.
	const everything, anything = 1, 1e-9
	add(CPU, l.CPU.Workers, l.CPU.Share, 100e-6, func(p progress) (float64, float64) { return p.target, p.effort },
		func() worker { return &cpuWorker{} })
	rate, least := l.VM.DirtyRate, float64(pageBytes)
	if rate == Unpaced {
		rate, least = everything, anything
	}
	add(VM, l.VM.Workers, rate, least, l.VM.rates, func() worker { return &vmWorker{load: l.VM, ramp: l.Ramp} })
	add(IO, l.IO.Workers, everything, anything, untargeted, func() worker { return &ioWorker{folder: l.Folder} })
	add(HDD, l.HDD.Workers, everything, anything, untargeted, func() worker {
		return &hddWorker{folder: l.Folder, bytes: l.HDD.Bytes}
	})
	return groups
}

// rates returns the dirty rate that was aimed at and the one that came of it.
func (v VMLoad) rates(p progress) (target, achieved float64) {
	target = p.target
	if v.DirtyRate == Unpaced {
		target = math.NaN()
	}
	return target, v.distinct(p.work)
}

// untargeted returns the rates of workers that just do what they can.
func untargeted(progress) (target, achieved float64) { return math.NaN(), math.NaN() }

// none returns the checkpoints before anything was done.
func (w *workers) none() []checkpoint { return make([]checkpoint, len(w.runners)) }

func (w *workers) checkpoints() []checkpoint {
	all := w.none()
	for i, r := range w.runners {
		all[i] = r.checkpoint()
	}
	return all
}

// between returns what the workers did from one time to another: rates in the mean of
// those that worked, work in the sum of all.
func (w *workers) between(from, to []checkpoint) Rate {
	r := Rate{Stressor: w.name, Workers: len(w.runners), Target: math.NaN(), Achieved: math.NaN(), Work: math.NaN()}
	var sum progress
	working := 0.0
	for i := range to {
		r.Total += to[i].work
		if p := w.pace.between(from[i], to[i]); !math.IsNaN(p.work) {
			sum = progress{sum.target + p.target, sum.effort + p.effort, sum.work + p.work}
			working++
		}
	}
	if working > 0 {
		r.Target, r.Achieved = w.rates(progress{sum.target / working, sum.effort / working, sum.work / working})
		r.Work = sum.work
	}
	return r
}
