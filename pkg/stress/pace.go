package stress

import (
	"math"
	"time"
)

// pace says how much work is due: nothing at first, then ever more, until the full
// rate is reached at the end of the ramp.
type pace struct {
	rate float64 // of work a second
	ramp time.Duration
}

// slack is how much of the work that was missed is made up for, as a time.
const slack = 100 * time.Millisecond

// due returns the work of a worker that has had so much time: the integral of a rate that
// rises linearly during the ramp.
func (p pace) due(elapsed time.Duration) float64 {
	t, ramp := elapsed.Seconds(), p.ramp.Seconds()
	if t < ramp {
		return p.rate * t * t / (2 * ramp)
	}
	return p.rate * (t - ramp/2)
}

// debt holds a worker to its pace.
type debt struct {
	pace
	done     float64
	forgiven float64 // work that was missed for good
}

// owed returns the work that is due and not done. What is late by more than the slack is forgiven.
func (d *debt) owed(elapsed time.Duration) float64 {
	owed := d.due(elapsed) - d.forgiven - d.done
	if late := owed - d.rate*slack.Seconds(); late > 0 {
		d.forgiven += late
		owed -= late
	}
	return max(0, owed)
}

// checkpoint is what a worker has done by some time of its own.
type checkpoint struct {
	begun   bool
	elapsed time.Duration // since its pace began
	effort  float64       // in the unit of the pace
	work    float64       // in the unit of the stressor
}

// progress is what a worker did between two checkpoints; all are NaN where it did not work in between.
type progress struct{ target, effort, work float64 } // a second

func (p pace) between(a, b checkpoint) progress {
	seconds := (b.elapsed - a.elapsed).Seconds()
	if !b.begun || seconds <= 0 {
		return progress{math.NaN(), math.NaN(), math.NaN()}
	}
	return progress{
		target: (p.due(b.elapsed) - p.due(a.elapsed)) / seconds,
		effort: (b.effort - a.effort) / seconds,
		work:   (b.work - a.work) / seconds,
	}
}
