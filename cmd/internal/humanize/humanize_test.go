package humanize

import (
	"math"
	"testing"
)

func TestWordsForTimes(t *testing.T) {
	for ms, want := range map[float64]string{
		0.04: "0.0 ms", 9.94: "9.9 ms", 10: "10 ms", 156.23: "156 ms", 9_999: "9999 ms", 10_000: "10.0 s",
		119_000: "119.0 s", 3_600_000: "1h0m0s", 1e15: "more than a year", math.Inf(1): "more than a year",
	} {
		if got := Milliseconds(ms); got != want {
			t.Errorf("%g ms is said as %q, want %q", ms, got, want)
		}
	}
	for ms, want := range map[float64]string{0.4: "0 ms", 999: "999 ms", 1000: "1.0 s", 150_000: "2m30s"} {
		if got := Duration(ms); got != want {
			t.Errorf("%g ms is said as %q, want %q", ms, got, want)
		}
	}
}

func TestPercentIsNeverCertain(t *testing.T) {
	for p, want := range map[float64]string{0: "under 1 %", 0.004: "under 1 %", 0.01: "1 %", 0.5: "50 %", 0.99: "99 %", 0.997: "over 99 %", 1: "over 99 %"} {
		if got := Probability(p); got != want {
			t.Errorf("Probability(%g) = %q, want %q", p, got, want)
		}
	}
}
