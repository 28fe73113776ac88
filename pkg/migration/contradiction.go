package migration

import (
	"fmt"
	"math"
)

// Two measurements of one guest's dirtying never agree to the digit, since the
// guest does not stand still between them. Beyond these factors they do not
// speak of the same guest.
const (
	rateTolerance    = 1.5 // dirty_rate against the curve at 1 s: two measurements of one thing
	plateauTolerance = 1.1 // working_set_mib against what was seen dirtied: a bound, so nearly strict
)

// Contradictions names where dirty_rate, working_set_mib and dirty_curve cannot
// all be true of one guest. Each is given only if its operands are known.
func (x Features) Contradictions() []Fault {
	var faults []Fault
	rate, plateau := x.Get(DirtyRate), x.Get(WorkingSetMiB)
	if low, high := rateBounds(x.points); rate < low/rateTolerance || rate > high*rateTolerance {
		faults = append(faults, Fault{DirtyRate.String(), fmt.Sprintf(
			"contradicts dirty_curve, which puts D(1 s) at %s; give the one you measured last, or measure both again",
			between(low, high)), rate})
	}
	if rate > plateau*plateauTolerance {
		faults = append(faults, Fault{WorkingSetMiB.String(), fmt.Sprintf(
			"is below the %g MiB that dirty_rate says are dirtied in one second: a working set holds all that is written",
			rate), plateau})
	}
	if n := len(x.points); n > 0 && x.points[n-1].MiB > plateau*plateauTolerance {
		faults = append(faults, Fault{WorkingSetMiB.String(), fmt.Sprintf(
			"is below the %g MiB that dirty_curve saw dirtied in %g s: a working set holds all that is written",
			x.points[n-1].MiB, x.points[n-1].Seconds), plateau})
	}
	return faults
}

// rateBounds is the range in which D(1 s) must lie by points, given that D is
// concave: NaN without points, one value where the points enclose one second.
func rateBounds(points []Point) (low, high float64) {
	if len(points) == 0 {
		return math.NaN(), math.NaN()
	}
	first, last := points[0], points[len(points)-1]
	switch {
	case first.Seconds > 1:
		return first.MiB / first.Seconds, first.MiB
	case last.Seconds < 1:
		return last.MiB, last.MiB / last.Seconds
	}
	at := Curve{points: points, plateau: math.NaN(), known: true}.At(1)
	return at, at
}

func between(low, high float64) string {
	if low == high {
		return fmt.Sprintf("%.3g MiB", low)
	}
	return fmt.Sprintf("%.3g to %.3g MiB", low, high)
}
