package migration

import (
	"fmt"
	"math"
	"sort"
)

// A Curve is the dirty curve D(t) of a guest, made of all that is known of it: the measured points, the dirty rate D(1
// s) and the writable working set, D's plateau. The zero Curve is unknown.
type Curve struct {
	points  []Point // ascending; never empty in a known curve
	plateau float64 // MiB; NaN when unknown
	uniform bool    // of rate and plateau alone
	known   bool
}

// Curve returns the one dirty curve of dirty_rate, working_set_mib and dirty_curve. Where they contradict each other
// (Validate names that), the measured points win over the rate, and the rate over the plateau: the finer measurement is
// the one to believe. Without points and rate the curve is unknown.
func (x Features) Curve() Curve {
	c := Curve{points: x.points, plateau: x.Get(WorkingSetMiB), known: true}
	rate := x.Get(DirtyRate)
	switch {
	case len(c.points) == 0 && math.IsNaN(rate):
		return Curve{}
	case len(c.points) == 0:
		c.points, c.uniform = []Point{{1, rate}}, !math.IsNaN(c.plateau)
	case !math.IsNaN(rate):
		c.points = insertRate(c.points, rate)
	}
	if last := c.points[len(c.points)-1]; c.plateau < last.MiB {
		c.plateau = last.MiB
	}
	return c
}

// insertRate adds D(1 s) = rate to points that were measured on one side of one second only, where it can be so;
// between points the points say it better.
func insertRate(points []Point, rate float64) []Point {
	first, last := points[0], points[len(points)-1]
	switch {
	case first.Seconds > 1 && rate <= first.MiB:
		return append([]Point{{1, rate}}, points...)
	case last.Seconds < 1 && rate >= last.MiB:
		return append(points[:len(points):len(points)], Point{1, rate})
	}
	return points
}

// Known reports whether anything of D(t) is known.
func (c Curve) Known() bool { return c.known }

// Rate returns the MiB that are dirtied in one second and the plateau, NaN where it is unknown, of a curve of which no
// more is known; false of any other.
func (c Curve) Rate() (rate, plateau float64, ok bool) {
	if len(c.points) != 1 || c.points[0].Seconds != 1 {
		return 0, 0, false
	}
	return c.points[0].MiB, c.plateau, true
}

// At returns D(seconds) in MiB, NaN for an unknown curve. It never falls as seconds rise. Between points it is linear.
// Beyond the last point it goes on towards the plateau exponentially, or where no plateau is known with the exponent of
// the last two points, as self-similar reuse of memory does. A curve of a rate r and a plateau W alone is W * (1 -
// exp(-r*t/W)); of a rate alone, r*t.
func (c Curve) At(seconds float64) float64 {
	switch {
	case !c.known || math.IsNaN(seconds):
		return math.NaN()
	case seconds <= 0:
		return 0
	case c.uniform:
		return saturate(c.plateau, c.points[0].MiB, seconds)
	}
	last := c.points[len(c.points)-1]
	if seconds > last.Seconds {
		return c.beyond(seconds)
	}
	i := sort.Search(len(c.points), func(i int) bool { return c.points[i].Seconds >= seconds })
	var before Point
	if i > 0 {
		before = c.points[i-1]
	}
	share := (seconds - before.Seconds) / (c.points[i].Seconds - before.Seconds)
	return before.MiB + share*(c.points[i].MiB-before.MiB)
}

// beyond returns D at a time past the last point.
func (c Curve) beyond(seconds float64) float64 {
	n := len(c.points)
	last := c.points[n-1]
	var before Point
	if n > 1 {
		before = c.points[n-2]
	}
	if !math.IsNaN(c.plateau) {
		slope := (last.MiB - before.MiB) / (last.Seconds - before.Seconds)
		return last.MiB + saturate(c.plateau-last.MiB, slope, seconds-last.Seconds)
	}
	exponent := 1.0
	if before.MiB > 0 {
		exponent = min(1, math.Log(last.MiB/before.MiB)/math.Log(last.Seconds/before.Seconds))
	}
	return last.MiB * math.Pow(seconds/last.Seconds, exponent)
}

// saturate returns W * (1 - exp(-r*t/W)): what a guest that writes r MiB/s uniformly over W MiB has dirtied after t
// seconds.
func saturate(plateau, rate, seconds float64) float64 {
	if plateau <= 0 {
		return 0
	}
	return -plateau * math.Expm1(-rate*seconds/plateau)
}

// Measured returns D(seconds) where measurement reaches: between the first and the last point, or anywhere when rate
// and plateau are both known; else NaN.
func (c Curve) Measured(seconds float64) float64 {
	if !c.known {
		return math.NaN()
	}
	if c.uniform {
		return c.At(seconds)
	}
	if seconds < c.points[0].Seconds || seconds > c.points[len(c.points)-1].Seconds {
		return math.NaN()
	}
	return c.At(seconds)
}

// The curves taken: far more points than any tool measures, and windows that one can (QEMU counts in milliseconds).
const (
	maxPoints = 1000
	minWindow = 1e-3 // s
	maxWindow = 1e6  // s
)

// checkPoints returns what is wrong with a measured curve, empty if nothing is.
func checkPoints(points []Point) string {
	if len(points) > maxPoints {
		return fmt.Sprintf("has more than %d points", maxPoints)
	}
	var before Point
	for _, p := range points {
		switch {
		case !(p.Seconds >= minWindow && p.Seconds <= maxWindow):
			return fmt.Sprintf("has a window that is not %s to %s s", plain(minWindow), plain(maxWindow))
		case !(p.MiB >= 0 && p.MiB <= Definitions[WorkingSetMiB].Max):
			return fmt.Sprintf("has an amount that is not 0 to %s MiB", plain(Definitions[WorkingSetMiB].Max))
		case p.Seconds <= before.Seconds:
			return fmt.Sprintf("goes from a window of %s s to one of %s s: give the windows in ascending order",
				plain(before.Seconds), plain(p.Seconds))
		case p.MiB < before.MiB:
			return fmt.Sprintf("falls from %s MiB in %s s to %s MiB in %s s: "+
				"a longer window cannot dirty fewer distinct MiB, measure again",
				plain(before.MiB), plain(before.Seconds), plain(p.MiB), plain(p.Seconds))
		}
		before = p
	}
	return ""
}
