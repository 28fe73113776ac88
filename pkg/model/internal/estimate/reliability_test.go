package estimate

import "testing"

func TestReliabilityThatIsNone(t *testing.T) {
	for _, r := range []Reliability{
		{[]float64{0.1}, nil},
		{[]float64{0.2, 0.1}, []float64{0.1, 0.2}},
		{[]float64{0.1, 0.2}, []float64{0.2, 0.1}},
		{[]float64{0.1}, []float64{-0.1}},
		{[]float64{0.1}, []float64{1.1}},
	} {
		if r.Valid() {
			t.Errorf("valid: %+v", r)
		}
	}
	for _, m := range []Levels{{0}, {1}, {0.1, 1}, {0, 0.9}, {0, 0.6, 0.5, 1}} {
		if m.Valid() {
			t.Errorf("valid: %v", m)
		}
	}
}

func TestNoReliabilityChangesNothing(t *testing.T) {
	if got := (Reliability{}).Of(0.37); got != 0.37 {
		t.Errorf("of 0.37: %v", got)
	}
}
