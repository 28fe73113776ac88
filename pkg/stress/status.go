package stress

import (
	"math"
	"time"
)

// Status holds what a load does.
type Status struct {
	Elapsed   time.Duration // since it was started
	Stressors []Rate
}

// Of returns the rate of one stressor. Where the load has none of it, the rate has no workers and all
// else in it is NaN.
func (s Status) Of(name Stressor) Rate {
	for _, r := range s.Stressors {
		if r.Stressor == name {
			return r
		}
	}
	return Rate{Stressor: name, Target: math.NaN(), Achieved: math.NaN(), Work: math.NaN()}
}

// DirtyRate returns the distinct memory that all workers together dirty within a second, in MiB. It
// returns NaN where no worker has begun to.
func (s Status) DirtyRate() float64 {
	r := s.Of(VM)
	return r.Achieved * float64(r.Workers) / (1 << 20)
}

// Rate holds what the workers of one stressor do. What is not known is NaN: before
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

// Unit is a unit that figures are reported in.
type Unit struct {
	Name string  // empty where the figure has no meaning
	Size float64 // how many of a Rate's own make one
}

// units are what the target and the work of each stressor are reported in.
var units = map[Stressor]struct{ target, work Unit }{
	CPU: {target: Unit{"%", 0.01}, work: Unit{"ops/s", 1}},
	VM:  {target: Unit{"MiB/s", 1 << 20}, work: Unit{"MiB/s", 1 << 20}},
	IO:  {target: Unit{"", 1}, work: Unit{"syncs/s", 1}},
	HDD: {target: Unit{"", 1}, work: Unit{"MB/s", 1e6}},
}

// Units returns what the target and what the work of the stressor are reported in. The target's has no
// name where workers just do what they can.
func (s Stressor) Units() (target, work Unit) { return units[s].target, units[s].work }
