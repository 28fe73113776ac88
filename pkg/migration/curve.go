package migration

import (
	"math"
	"sort"
)

// Point is one measurement of the dirty curve: the distinct MiB dirtied within a
// window of that many seconds.
type Point struct {
	Seconds float64 `json:"seconds"`
	MiB     float64 `json:"mib"`
}

// Curve is the dirty curve D(t) of a guest, made of all that is known of it: the
// measured points, the dirty rate D(1 s) and the writable working set, D's
// plateau. The zero Curve is unknown.
type Curve struct {
	points  []Point // ascending; never empty in a known curve
	plateau float64 // MiB; NaN when unknown
	uniform bool    // of rate and plateau alone
	known   bool
}

// Curve makes one dirty curve of dirty_rate, working_set_mib and dirty_curve.
// Where they contradict each other (Validate names that), the measured points
// win over the rate, and the rate over the plateau: the finer measurement is the
// one to believe. Without points and rate the curve is unknown.
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

// insertRate adds D(1 s) = rate to points that were measured on one side of one
// second only, where it can be so; between points the points say it better.
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

// Known says whether anything of D(t) is known.
func (c Curve) Known() bool { return c.known }

// At is D(seconds) in MiB, NaN for an unknown curve. It never falls as seconds
// rise. Between points it is linear. Beyond the last point it goes on towards
// the plateau exponentially, or where no plateau is known with the exponent of
// the last two points, as self-similar reuse of memory does. A curve of a rate
// r and a plateau W alone is W * (1 - exp(-r*t/W)); of a rate alone, r*t.
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

// beyond is D at a time past the last point.
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

// saturate is W * (1 - exp(-r*t/W)): what a guest that writes r MiB/s uniformly
// over W MiB has dirtied after t seconds.
func saturate(plateau, rate, seconds float64) float64 {
	if plateau <= 0 {
		return 0
	}
	return -plateau * math.Expm1(-rate*seconds/plateau)
}

// Measured is D(seconds) where measurement reaches: between the first and the
// last point, or anywhere when rate and plateau are both known; else NaN.
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
