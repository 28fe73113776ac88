package stress

import (
	"math"
	"sync/atomic"
	"time"
)

// Status is what a load does.
type Status struct {
	Elapsed   time.Duration // since it was started
	Stressors []Rate
}

// Of is the rate of one stressor; without workers, and unknown, where the load has
// none of it.
func (s Status) Of(name Stressor) Rate {
	for _, r := range s.Stressors {
		if r.Stressor == name {
			return r
		}
	}
	return Rate{Stressor: name, Target: math.NaN(), Achieved: math.NaN(), Work: math.NaN()}
}

// Rate is what the workers of one stressor do. What is not known is NaN: before
// they begin, and the target of those that just do what they can.
type Rate struct {
	Stressor Stressor
	Workers  int
	// Target and Achieved are of one worker, in the mean: of cpu the share of a core,
	// of vm the distinct bytes dirtied within a second.
	Target, Achieved float64
	// Work is what all workers do in a second, in operations for cpu, bytes written for
	// vm, syncs for io, bytes written and read for hdd.
	Work float64
	// Total is the work done since the beginning.
	Total float64
}

// crew are the workers of one stressor.
type crew struct {
	name    Stressor
	pace    pace
	members []*member
	reach   func(progress) (target, achieved float64)
	last    []mark
	full    atomic.Pointer[[]mark]
}

// crews are the workers of a load.
func (l Load) crews() []*crew {
	var crews []*crew
	add := func(name Stressor, count int, rate, grain float64, reach func(progress) (float64, float64), recruit func() worker) {
		c := &crew{name: name, pace: pace{rate, l.Ramp}, reach: reach}
		for range count {
			c.members = append(c.members, &member{worker: recruit(), ledger: ledger{pace: c.pace}, grain: grain})
		}
		c.last = c.none()
		if count > 0 {
			crews = append(crews, c)
		}
	}
	// What has no rate is owed a second of work a second.
	const everything, anything = 1, 1e-9
	add(CPU, l.CPU.Workers, l.CPU.Share, 100e-6, func(p progress) (float64, float64) { return p.target, p.effort },
		func() worker { return &cpuWorker{} })
	rate, grain := l.VM.DirtyRate, float64(pageBytes)
	if rate == Unpaced {
		rate, grain = everything, anything
	}
	add(VM, l.VM.Workers, rate, grain, l.VM.reach, func() worker { return &vmWorker{load: l.VM, ramp: l.Ramp} })
	add(IO, l.IO.Workers, everything, anything, aimless, func() worker { return &ioWorker{folder: l.Folder} })
	add(HDD, l.HDD.Workers, everything, anything, aimless, func() worker { return &hddWorker{folder: l.Folder, bytes: l.HDD.Bytes} })
	return crews
}

// reach is the dirty rate that was aimed at and the one that came of it.
func (v VMLoad) reach(p progress) (target, achieved float64) {
	target = p.target
	if v.DirtyRate == Unpaced {
		target = math.NaN()
	}
	return target, v.distinct(p.work)
}

// aimless is of workers that just do what they can.
func aimless(progress) (target, achieved float64) { return math.NaN(), math.NaN() }

// none are the marks before anything was done.
func (c *crew) none() []mark { return make([]mark, len(c.members)) }

func (c *crew) marks() []mark {
	marks := c.none()
	for i, m := range c.members {
		marks[i] = m.mark()
	}
	return marks
}

// between is what the workers did from one time to another: rates in the mean of
// those that worked, work in the sum of all.
func (c *crew) between(from, to []mark) Rate {
	r := Rate{Stressor: c.name, Workers: len(c.members), Target: math.NaN(), Achieved: math.NaN(), Work: math.NaN()}
	var sum progress
	working := 0.0
	for i := range to {
		r.Total += to[i].work
		if p := c.pace.between(from[i], to[i]); !math.IsNaN(p.work) {
			sum = progress{sum.target + p.target, sum.effort + p.effort, sum.work + p.work}
			working++
		}
	}
	if working > 0 {
		r.Target, r.Achieved = c.reach(progress{sum.target / working, sum.effort / working, sum.work / working})
		r.Work = sum.work
	}
	return r
}
