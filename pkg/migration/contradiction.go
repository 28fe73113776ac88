package migration

import (
	"fmt"
	"math"
	"sort"
)

// Two measurements of one guest's dirtying never agree to the digit, since the guest does not stand still between them.
// Beyond these factors they do not speak of the same guest.
const (
	rateTolerance    = 1.5 // dirty_rate against the curve at 1 s: two measurements of one thing
	plateauTolerance = 1.1 // working_set_mib against what was seen dirtied: a bound, so nearly strict
	memoryTolerance  = 1.5 // RAM against what was dirtied of it, which QEMU by default extrapolates from a sample of pages

	// resident_mib may hold a little beside the guest's RAM: video memory, and where rss was measured QEMU itself.
	residentTolerance, residentOverheadMiB = 1.1, 512
)

// Contradictions returns where dirty_rate, working_set_mib and dirty_curve cannot all be true of one guest, or not of
// one with its RAM. Each is given only if its operands are known.
func (x Features) Contradictions() []Fault {
	return append(x.beyondMemory(), x.dirtyContradictions()...)
}

// beyondMemory returns what cannot be of a guest with its RAM.
func (x Features) beyondMemory() []Fault {
	var faults []Fault
	memory := x.Get(MemoryMiB)
	exceeds := func(f Feature, most float64, because string) {
		if v := x.Get(f); v > most {
			faults = append(faults, Fault{f.String(), fmt.Sprintf("is above the guest's RAM, %s %s MiB: %s",
				MemoryMiB, plain(memory), because), v})
		}
	}
	exceeds(ResidentMiB, memory*residentTolerance+residentOverheadMiB, "no more of a guest is resident than it has")
	exceeds(DirtyRate, memory*memoryTolerance,
		"what is written twice in a second counts once; measure over a whole second")
	exceeds(WorkingSetMiB, memory*memoryTolerance, "a guest writes to no more than it has")
	exceeds(ZeroTailMiB, memory, "these pages are a part of it")
	if n := len(x.points); n > 0 && x.points[n-1].MiB > memory*memoryTolerance {
		last := x.points[n-1]
		faults = append(faults, Fault{DirtyCurve.String(), fmt.Sprintf(
			"has %s MiB dirtied in %s s, above the guest's RAM, %s %s MiB: what is written twice counts once",
			plain(last.MiB), plain(last.Seconds), MemoryMiB, plain(memory)), clip(FormatPoints(x.points, ','))})
	}
	return faults
}

// dirtyContradictions returns where the three views of the dirty curve contradict each other.
func (x Features) dirtyContradictions() []Fault {
	var faults []Fault
	rate, plateau := x.Get(DirtyRate), x.Get(WorkingSetMiB)
	if low, high := rateBounds(x.points); rate < low/rateTolerance || rate > high*rateTolerance {
		faults = append(faults, Fault{DirtyRate.String(), fmt.Sprintf(
			"contradicts dirty_curve, which puts D(1 s) at %s; give the one you measured last, or measure both again",
			formatRange(low, high)), rate})
	}
	if rate > plateau*plateauTolerance {
		faults = append(faults, Fault{WorkingSetMiB.String(), fmt.Sprintf(
			"is below the %s MiB that dirty_rate says are dirtied in one second: a working set holds all that is written",
			plain(rate)), plateau})
	}
	if n := len(x.points); n > 0 && x.points[n-1].MiB > plateau*plateauTolerance {
		faults = append(faults, Fault{WorkingSetMiB.String(), fmt.Sprintf(
			"is below the %s MiB that dirty_curve saw dirtied in %s s: a working set holds all that is written",
			plain(x.points[n-1].MiB), plain(x.points[n-1].Seconds)), plateau})
	}
	return faults
}

// rateBounds returns the range in which D(1 s) must lie by points, given that D rises and is concave: not below the
// line between the points around one second, nor above the line from nothing through the point before it. NaN without
// points.
func rateBounds(points []Point) (low, high float64) {
	if len(points) == 0 {
		return math.NaN(), math.NaN()
	}
	after := sort.Search(len(points), func(i int) bool { return points[i].Seconds >= 1 })
	var before Point
	high = math.Inf(1)
	if after > 0 {
		before = points[after-1]
		low, high = before.MiB, before.MiB/before.Seconds
	}
	if after < len(points) {
		p := points[after]
		low += (p.MiB - before.MiB) * (1 - before.Seconds) / (p.Seconds - before.Seconds)
		high = min(high, p.MiB)
	}
	return low, max(low, high)
}

func formatRange(low, high float64) string {
	if low == high {
		return rounded(low) + " MiB"
	}
	return rounded(low) + " to " + rounded(high) + " MiB"
}
