package population

import (
	"math"
	"testing"
)

func TestActivityIsOneOnAverage(t *testing.T) {
	const n = 20_000
	mean, squares := 0.0, 0.0
	for second := range uint64(n) {
		b := busy(5, second)
		mean += b / n
		squares += math.Log(b) * math.Log(b) / n
	}
	if math.Abs(mean-1) > 0.015 {
		t.Errorf("a guest is %.3f busy on average", mean)
	}
	if bias := activitySigma * activitySigma / 2; math.Abs(squares-activitySigma*activitySigma-bias*bias) > 0.01 {
		t.Errorf("mean square of the logarithm %.3f", squares)
	}
}

// The mean over some time is that of its parts.
func TestActivityOfATimeIsThatOfItsParts(t *testing.T) {
	active := activity(7)
	for _, times := range [][3]float64{{0, 0.3, 0.8}, {0.2, 1, 2}, {3.5, 7.25, 20}, {100, 100.01, 159}} {
		from, middle, to := times[0], times[1], times[2]
		whole := active(from, to) * (to - from)
		if parts := active(from, middle)*(middle-from) + active(middle, to)*(to-middle); math.Abs(whole-parts) > 1e-9 {
			t.Errorf("%v: %g in all, %g in parts", times, whole, parts)
		}
	}
	if a, b := active(2, 2.5), active(2.5, 3); a != b {
		t.Errorf("within one second first %g, then %g", a, b)
	}
	if a, b := active(2, 3), activity(8)(2, 3); a == b {
		t.Error("two guests are as busy")
	}
	for _, times := range [][2]float64{{5, 5}, {0, 1000}} {
		if a := active(times[0], times[1]); a != 1 {
			t.Errorf("%v: %g", times, a)
		}
	}
}
