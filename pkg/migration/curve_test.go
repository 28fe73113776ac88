package migration

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// dirtying draws any knowledge of a guest's dirtying, contradictions included.
func dirtying(t *rapid.T) Features {
	return drawFeatures(t).Only(Of(DirtyRate, WorkingSetMiB, DirtyCurve))
}

// of makes a guest's features; NaN and nil are unknown.
func of(rate, plateau float64, points ...Point) (x Features) {
	x.Set(DirtyRate, rate)
	x.Set(WorkingSetMiB, plateau)
	x.SetPoints(points)
	return x
}

var unknown = math.NaN()

func TestCurveNeverFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := dirtying(t).Curve()
		if !c.Known() {
			return
		}
		if c.At(0) != 0 || c.At(-1) != 0 || !math.IsNaN(c.At(math.NaN())) {
			t.Fatalf("D(0) = %v, D(-1) = %v", c.At(0), c.At(-1))
		}
		a := rapid.Float64Range(0, 200).Draw(t, "a")
		b := rapid.Float64Range(a, 200).Draw(t, "b")
		low, high := c.At(a), c.At(b)
		if !(low >= 0) || !(low <= high*(1+1e-12)) || math.IsInf(high, 0) {
			t.Fatalf("D(%v) = %v, D(%v) = %v", a, low, b, high)
		}
	})
}

func TestCurvePassesThroughThePoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := dirtying(t)
		c := x.Curve()
		for _, p := range x.Points() {
			if got := c.At(p.Seconds); math.Abs(got-p.MiB) > 1e-9*max(1, p.MiB) {
				t.Fatalf("D(%v) = %v, measured %v", p.Seconds, got, p.MiB)
			}
			if got := c.Measured(p.Seconds); math.Abs(got-p.MiB) > 1e-9*max(1, p.MiB) {
				t.Fatalf("Measured(%v) = %v, measured %v", p.Seconds, got, p.MiB)
			}
		}
	})
}

func TestCurveStaysBelowItsPlateau(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := dirtying(t)
		if c := x.Curve(); c.Known() && x.Known().Has(WorkingSetMiB) {
			bound := x.Get(WorkingSetMiB)
			if points := x.Points(); points != nil {
				bound = max(bound, points[len(points)-1].MiB)
			}
			bound = max(bound, x.Get(DirtyRate)*one(x.Known().Has(DirtyRate)))
			at := rapid.Float64Range(0, 1e5).Draw(t, "at")
			if got := c.At(at); got > bound*(1+1e-12) {
				t.Fatalf("D(%v) = %v, plateau %v", at, got, bound)
			}
		}
	})
}

// one is 1 for true; unlike a NaN, 0 times it is 0.
func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func TestCurveOfRateAndPlateau(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0, 1000).Draw(t, "rate")
		plateau := rapid.Float64Range(rate, 1e5).Draw(t, "plateau")
		at := rapid.Float64Range(0, 1000).Draw(t, "at")
		c := of(rate, plateau).Curve()
		want := 0.0
		if plateau > 0 {
			want = plateau * (1 - math.Exp(-rate*at/plateau))
		}
		if got := c.At(at); math.Abs(got-want) > 1e-9*max(1, plateau) {
			t.Fatalf("D(%v) = %v, want %v", at, got, want)
		}
		if at > 0 && c.Measured(at) != c.At(at) {
			t.Fatalf("Measured(%v) = %v", at, c.Measured(at))
		}
	})
}

func TestCurveOfARateAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, at := rapid.Float64Range(0, 1e6).Draw(t, "rate"), rapid.Float64Range(0, 1e4).Draw(t, "at")
		c := of(rate, unknown).Curve()
		if got := c.At(at); math.Abs(got-rate*at) > 1e-9*rate*at {
			t.Fatalf("D(%v) = %v, want %v", at, got, rate*at)
		}
		if at != 1 && !math.IsNaN(c.Measured(at)) || c.Measured(1) != rate {
			t.Fatalf("Measured(%v) = %v, Measured(1) = %v", at, c.Measured(at), c.Measured(1))
		}
	})
}

func TestCurveByHand(t *testing.T) {
	e := math.E
	tests := []struct {
		name string
		x    Features
		at   float64
		want float64
	}{
		{"before the first point: a line from nothing", of(unknown, unknown, Point{2, 10}, Point{4, 12}), 1, 5},
		{"between points: a line", of(unknown, unknown, Point{2, 10}, Point{4, 12}), 3, 11},
		{"beyond: the exponent of the last two", of(unknown, unknown, Point{1, 10}, Point{4, 20}), 16, 40},
		{"beyond: an exponent of at most 1", of(unknown, unknown, Point{1, 1}, Point{2, 10}), 4, 20},
		{"beyond: from nothing, a line", of(unknown, unknown, Point{1, 0}, Point{2, 10}), 4, 20},
		{"beyond: nothing dirtied", of(unknown, unknown, Point{1, 0}, Point{2, 0}), 4, 0},
		{"beyond one point: a line", of(unknown, unknown, Point{2, 10}), 4, 20},
		{"beyond one point, with a plateau", of(unknown, 30, Point{2, 10}), 6, 10 + 20*(1-1/e)},
		{"before one point, with a plateau", of(unknown, 30, Point{2, 10}), 1, 5},
		{"beyond, with a plateau", of(unknown, 30, Point{1, 10}, Point{2, 20}), 3, 20 + 10*(1-1/e)},
		{"beyond, at the plateau", of(unknown, 20, Point{1, 10}, Point{2, 20}), 30, 20},
		{"plateau below the points: the points win", of(unknown, 5, Point{1, 10}, Point{2, 20}), 30, 20},
		{"plateau below the rate: the rate wins", of(10, 5), 1e6, 10},
		{"rate below the points' first second", of(10, unknown, Point{2, 15}, Point{4, 16}), 1, 10},
		{"rate above the points' last", of(10, unknown, Point{0.1, 3}, Point{0.5, 6}), 0.75, 8},
		{"rate inside the points: the points win", of(99, unknown, Point{0.5, 5}, Point{2, 20}), 1, 10},
		{"impossible rate after the points", of(1, unknown, Point{0.1, 5}, Point{0.4, 10}), 1, 10 * math.Sqrt(2.5)},
		{"impossible rate before the points", of(99, unknown, Point{2, 20}), 1, 10},
		{"nothing is ever dirtied", of(0, 0), 100, 0},
	}
	for _, test := range tests {
		if got := test.x.Curve().At(test.at); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s: D(%v) = %v, want %v", test.name, test.at, got, test.want)
		}
	}
}

func TestCurveIsUnknownWithoutRateAndPoints(t *testing.T) {
	for _, c := range []Curve{{}, Features{}.Curve(), of(unknown, 300).Curve()} {
		if c.Known() || !math.IsNaN(c.At(1)) || !math.IsNaN(c.At(0)) || !math.IsNaN(c.Measured(1)) {
			t.Errorf("%+v", c)
		}
	}
}

func TestMeasuredEndsWithTheMeasurement(t *testing.T) {
	points := []Point{{0.3, 5}, {3, 20}}
	for _, test := range []struct {
		x     Features
		at    float64
		known bool
	}{
		{of(unknown, unknown, points...), 0.1, false},
		{of(unknown, unknown, points...), 0.3, true},
		{of(unknown, unknown, points...), 1, true},
		{of(unknown, unknown, points...), 3, true},
		{of(unknown, unknown, points...), 3.1, false},
		{of(unknown, 100, points...), 10, false},
		{of(unknown, 100, Point{1, 20}), 10, false},
		{of(5, unknown, Point{2, 9}), 1, true},
		{of(5, 100), 10, true},
	} {
		if got := test.x.Curve().Measured(test.at); math.IsNaN(got) == test.known {
			t.Errorf("%+v: Measured(%v) = %v", test.x, test.at, got)
		}
	}
}

// Making a curve must not write to the points, which copies of features share.
func TestCurveLeavesThePointsAlone(t *testing.T) {
	x := of(10, unknown, Point{0.1, 3}, Point{0.5, 6})
	x.Curve()
	x.Curve()
	if !x.Equal(of(10, unknown, Point{0.1, 3}, Point{0.5, 6})) {
		t.Errorf("%+v", x)
	}
}

// A rate alone, or with a plateau, leaves the shape open; any measured point beside it does not.
func TestRateIsOfACurveThatIsNoMore(t *testing.T) {
	for _, test := range []struct {
		name          string
		x             Features
		rate, plateau float64
		want          bool
	}{
		{"a rate", of(20, unknown), 20, unknown, true},
		{"a rate and a plateau", of(20, 300), 20, 300, true},
		{"a plateau below the rate", of(20, 10), 20, 20, true},
		{"nothing is ever dirtied", of(0, 0), 0, 0, true},
		{"one point, at one second", of(unknown, 300, Point{1, 20}), 20, 300, true},
		{"a rate that a point at one second wins over", of(99, unknown, Point{1, 20}), 20, unknown, true},
		{"one point, elsewhere", of(unknown, 300, Point{2, 20}), 0, 0, false},
		{"a rate beside a point", of(20, unknown, Point{0.1, 3}), 0, 0, false},
		{"points", of(unknown, unknown, Point{0.1, 3}, Point{1, 20}), 0, 0, false},
		{"a plateau", of(unknown, 300), 0, 0, false},
		{"nothing", Features{}, 0, 0, false},
	} {
		rate, plateau, ok := test.x.Curve().Rate()
		same := plateau == test.plateau || math.IsNaN(plateau) && math.IsNaN(test.plateau)
		if ok != test.want || rate != test.rate || !same {
			t.Errorf("%s: %g MiB/s up to %g, %v; want %g up to %g, %v", test.name, rate, plateau, ok, test.rate, test.plateau, test.want)
		}
	}
}
