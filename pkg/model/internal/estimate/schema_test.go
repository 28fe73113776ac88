package estimate

import (
	"math"
	"testing"
)

func TestSpan(t *testing.T) {
	var s Span
	if !s.Holds(math.Inf(1)) || !s.Holds(-1) {
		t.Error("an unknown span does not hold everything")
	}
	if s = s.including(math.NaN()); s != nil {
		t.Errorf("unknown numbers span %v", s)
	}
	for _, v := range []float64{3, math.NaN(), -1, 2} {
		s = s.including(v)
	}
	if s[0] != -1 || s[1] != 3 {
		t.Errorf("span %v", s)
	}
	for v, want := range map[float64]bool{-1: true, 0: true, 3: true, 3.03: true, 3.05: false, -1.05: false, 100: false} {
		if s.Holds(v) != want {
			t.Errorf("holds %v: %v", v, !want)
		}
	}
}
