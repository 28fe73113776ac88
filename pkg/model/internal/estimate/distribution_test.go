package estimate

import (
	"math"
	"slices"
	"testing"

	"vmmp/pkg/model/internal/modeltest"

	"pgregory.net/rapid"
)

// sample draws a weighted sample, with ties.
func sample(t *rapid.T) []weighted {
	s := make([]weighted, rapid.IntRange(1, 30).Draw(t, "n"))
	sum := 0.0
	for i := range s {
		s[i] = weighted{float64(rapid.IntRange(-40, 40).Draw(t, "value")) / 8, float64(rapid.IntRange(1, 50).Draw(t, "weight"))}
		sum += s[i].weight
	}
	for i := range s {
		s[i].weight /= sum
	}
	return s
}

func meanOf(s []weighted) float64 {
	sum := 0.0
	for _, v := range s {
		sum += v.value * v.weight
	}
	return sum
}

// calibration draws none, or one of a few out-of-bag levels.
func calibration(t *rapid.T) Levels {
	u := rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 60).Draw(t, "u")
	if len(u) == 0 {
		return nil
	}
	return levels(u)
}

// levels returns a recalibration whose knots are u, which it sorts.
func levels(u []float64) Levels {
	slices.Sort(u)
	return append(append(Levels{0}, u...), 1)
}

// anyDistribution draws a distribution as predictions have them.
func anyDistribution(t *rapid.T) *Distribution {
	var d Distribution
	s := sample(t)
	d.reset(s, meanOf(s), calibration(t))
	d.shift = rapid.Float64Range(-5, 5).Draw(t, "shift")
	if rapid.Bool().Draw(t, "widened") {
		d.widen(rapid.Float64Range(0, 2).Draw(t, "sigma"))
	}
	if rapid.Bool().Draw(t, "at a known site") {
		d.pause = anyPause(t)
	}
	return &d
}

func TestQuantilesRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDistribution(t)
		p, q := rapid.Float64Range(0, 1).Draw(t, "p"), rapid.Float64Range(0, 1).Draw(t, "q")
		if a, b := d.quantile(min(p, q)), d.quantile(max(p, q)); a > b+1e-12 || math.IsInf(a, 0) || math.IsNaN(a) {
			t.Fatalf("quantiles %v at %v, %v at %v", a, min(p, q), b, max(p, q))
		}
		v, w := rapid.Float64Range(-30, 30).Draw(t, "v"), rapid.Float64Range(-30, 30).Draw(t, "w")
		a, b := d.probability(min(v, w)), d.probability(max(v, w))
		if !(a >= 0 && a <= b+1e-12 && b <= 1) {
			t.Fatalf("probability %v below %v, %v below %v", a, min(v, w), b, max(v, w))
		}
	})
}

// A calibration may be flat, so that several levels have one quantile, but it is
// never cut: each value within reach is a quantile.
func TestQuantileOfAProbabilityIsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDistribution(t)
		low, high := d.at[0]-3*d.tail, d.at[len(d.at)-1]+3*d.tail
		raw := low + rapid.Float64Range(0, 1).Draw(t, "v")*(high-low)
		v := d.pause.at(d.shift + d.mean + d.scale*(raw-d.mean))
		if got := d.quantile(d.probability(v)); math.Abs(got-v) > 1e-6 {
			t.Fatalf("quantile(probability(%v)) = %v", v, got)
		}
	})
}

func TestProbabilityOfAQuantileIsTheLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDistribution(t)
		d.cal = nil
		p := rapid.Float64Range(1e-6, 1-1e-6).Draw(t, "p")
		if got := d.probability(d.quantile(p)); math.Abs(got-p) > 1e-9 {
			t.Fatalf("probability(quantile(%v)) = %v", p, got)
		}
	})
}

func TestTailsFallExponentially(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sample(t)
		var d Distribution
		d.reset(s, meanOf(s), nil)
		k := rapid.Float64Range(0, 20).Draw(t, "k")
		n := len(d.at)
		modeltest.Near(t, "below", d.probability(d.at[0]-k*d.tail), d.level[0]*math.Exp(-k))
		modeltest.Near(t, "above", 1-d.probability(d.at[n-1]+k*d.tail), (1-d.level[n-1])*math.Exp(-k))
		if d.tail < leastTail {
			t.Fatalf("tail %v", d.tail)
		}
	})
}

func TestSingleValue(t *testing.T) {
	var d Distribution
	d.reset([]weighted{{3, 1}}, 3, nil)
	modeltest.Near(t, "median", d.quantile(0.5), 3)
	modeltest.Near(t, "probability", d.probability(3), 0.5)
	modeltest.Near(t, "tail", d.tail, leastTail)
	modeltest.Near(t, "5 %", d.quantile(0.05), 3+leastTail*math.Log(0.1))
	modeltest.Near(t, "width of 90 %", d.Width(0.9), 2*leastTail*math.Log(10))
	modeltest.Near(t, "width of 50 %", d.Width(0.5), 2*leastTail*math.Log(2))
}

func TestTiesAreOneValue(t *testing.T) {
	var one, several Distribution
	one.reset([]weighted{{1, 0.5}, {2, 0.3}, {4, 0.2}}, 1.9, nil)
	several.reset([]weighted{{2, 0.1}, {1, 0.25}, {4, 0.2}, {1, 0.25}, {2, 0.2}}, 1.9, nil)
	for p := 0.01; p < 1; p += 0.01 {
		modeltest.Near(t, "quantile", several.quantile(p), one.quantile(p))
	}
}

// Predictions reuse a distribution's memory in an order that depends on the
// number of workers.
func TestResetForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		used := anyDistribution(t)
		s := sample(t)
		var fresh Distribution
		used.reset(slices.Clone(s), meanOf(s), nil)
		fresh.reset(s, meanOf(s), nil)
		for _, p := range []float64{0.001, 0.1, 0.5, 0.9, 0.999} {
			if a, b := used.quantile(p), fresh.quantile(p); a != b {
				t.Fatalf("quantile %v is %v in used memory, %v in fresh", p, a, b)
			}
		}
	})
}

func TestWidenAddsVarianceAndKeepsTheCentre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDistribution(t)
		d.pause = pause{} // what is widened is the prior's
		spread := func() float64 { return (d.quantile(0.84) - d.quantile(0.16)) / 2 }
		before, Center, low := spread(), d.Center(), d.quantile(0.1)-d.Center()
		sigma := rapid.Float64Range(0, 3).Draw(t, "sigma")
		if before < 0.01 { // narrower than any real answer
			return
		}
		d.widen(sigma)
		modeltest.Near(t, "spread", spread(), math.Sqrt(before*before+sigma*sigma))
		modeltest.Near(t, "centre", d.Center(), Center)
		modeltest.Near(t, "shape", (d.quantile(0.1)-d.Center())*before, low*spread())
	})
}

func TestLevelsAreInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := levels(rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 300).Draw(t, "u"))
		if !m.Valid() {
			t.Fatalf("levels %v", m)
		}
		u := rapid.Float64Range(0, 1).Draw(t, "level")
		if got := m.Quantile(m.probability(u)); math.Abs(got-u) > 1e-9 {
			t.Fatalf("quantile(probability(%v)) = %v", u, got)
		}
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		if a, b := m.Quantile(p*0.999), m.Quantile(p); a > b {
			t.Fatalf("quantiles fall from %v to %v", a, b)
		}
		if low, high := m.probability(m.Quantile(p)-1e-5), m.probability(m.Quantile(p)+1e-5); low > p+1e-9 || high < p-1e-9 {
			t.Fatalf("probabilities %v to %v around the quantile of %v", low, high, p)
		}
	})
}

func TestNoLevelsChangeNothing(t *testing.T) {
	var m Levels
	for _, p := range []float64{0, 0.3, 1} {
		if m.Quantile(p) != p || m.probability(p) != p {
			t.Errorf("levels without rows map %v to %v and %v", p, m.Quantile(p), m.probability(p))
		}
	}
}
