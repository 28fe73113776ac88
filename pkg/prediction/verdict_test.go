package prediction

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHit(t *testing.T) {
	tests := []struct {
		predicted, actual float64
		want              bool
	}{
		{100, 100, true}, {75, 100, true}, {125, 100, true}, {74.9, 100, false}, {125.1, 100, false},
		{0, 100, false}, {math.NaN(), 100, false}, {math.Inf(1), 100, false},
	}
	for _, test := range tests {
		if got := Hit(test.predicted, test.actual); got != test.want {
			t.Errorf("Hit(%v, %v) = %v", test.predicted, test.actual, got)
		}
	}
}

func TestJudge(t *testing.T) {
	s := Summary{DowntimeMS: 100, LowerMS: 60, UpperMS: 200}
	for _, test := range []struct {
		actual float64
		want   Verdict
	}{
		{100, Verdict{0, true, true}},
		{80, Verdict{0.25, true, true}},
		{200, Verdict{0.5, false, true}},
		{50, Verdict{1, false, false}},
		{400, Verdict{0.75, false, false}},
	} {
		if got := s.Judge(test.actual); got != test.want {
			t.Errorf("%g ms: %+v, want %+v", test.actual, got, test.want)
		}
	}
}

// A hit is a relative error of at most the tolerance, whatever the two numbers.
func TestAHitIsASmallError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.Float64Range(LeastMS, 1e9)
		s := Summary{DowntimeMS: times.Draw(t, "predicted")}
		v := s.Judge(times.Draw(t, "actual"))
		if math.Abs(v.RelativeError-Tolerance) > 1e-9 && v.Within25 != (v.RelativeError < Tolerance) {
			t.Fatalf("off by %g and a hit: %v", v.RelativeError, v.Within25)
		}
	})
}
