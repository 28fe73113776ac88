package evaluate

import (
	"math"
	"slices"
	"testing"

	"vmmp/pkg/prediction"

	"pgregory.net/rapid"
)

// The median of an even number is a value that is there: the lower one of the middle.
func TestQuantileByHand(t *testing.T) {
	errors := []float64{0.4, 0.1, 0.3, 0.2}
	for p, want := range map[float64]float64{0: 0.1, 0.25: 0.1, 0.26: 0.2, 0.5: 0.2, 0.51: 0.3, 0.75: 0.3, 0.9: 0.4, 1: 0.4} {
		if got := Quantile(p, errors); got != want {
			t.Errorf("quantile %g is %g, want %g", p, got, want)
		}
	}
	if got, want := *NewQuantiles(errors), (Quantiles{Min: 0.1, Mean: 0.25, Median: 0.2, P90: 0.4, P99: 0.4, Max: 0.4}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if !slices.Equal(errors, []float64{0.4, 0.1, 0.3, 0.2}) {
		t.Errorf("they were put in order: %v", errors)
	}
	for _, none := range [][]float64{nil, {1, math.NaN()}} {
		if got := Quantile(0.5, none); !math.IsNaN(got) {
			t.Errorf("the median of %v is %g", none, got)
		}
	}
	if got := NewQuantiles(nil); got != nil {
		t.Errorf("quantiles of nothing: %+v", got)
	}
}

// A quantile is the least of the values that at least so many do not exceed, the same
// wherever it is asked for, and never falls.
func TestQuantileLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 30).Draw(t, "values")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		n := float64(len(values))
		q := Quantile(p, values)
		below, upTo := 0.0, 0.0
		for _, v := range values {
			below += one(v < q)
			upTo += one(v <= q)
		}
		if !slices.Contains(values, q) || upTo < p*n || below > 0 && below >= p*n {
			t.Fatalf("quantile %g of %v is %g", p, values, q)
		}
		if least := rapid.Float64Range(0, p).Draw(t, "lower p"); Quantile(least, values) > q {
			t.Fatalf("quantile %g is above quantile %g", least, p)
		}
		s := NewQuantiles(values)
		if s.Min != slices.Min(values) || s.Max != slices.Max(values) || s.Median != Quantile(0.5, values) ||
			s.P90 != Quantile(0.9, values) || s.P99 != Quantile(0.99, values) || s.Mean < s.Min*(1-1e-9) || s.Mean > s.Max*(1+1e-9) {
			t.Fatalf("%+v of %v", s, values)
		}
	})
}

// What Score counts is made of a prediction's verdicts.
func TestScoreIsMadeOfItsVerdicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		predicted, actual := rapid.Float64Range(0, 1000).Draw(t, "predicted"), rapid.Float64Range(0.01, 1000).Draw(t, "actual")
		s := prediction.Summary{DowntimeMS: predicted, LowerMS: predicted * 0.8, UpperMS: predicted * 1.2}
		m, v := ScoreSummaries([]float64{actual}, []prediction.Summary{s}), s.Judge(actual)
		if float64(m.MedianRelativeError) != v.RelativeError || float64(m.Within25) != one(v.Within25) || float64(m.Coverage90) != one(v.Held) {
			t.Fatalf("%g for %g: %+v", predicted, actual, m)
		}
	})
}
