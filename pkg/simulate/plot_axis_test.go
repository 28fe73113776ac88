package simulate

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAxis(t *testing.T) {
	labels := func(a axis) string {
		var named []string
		for _, tick := range a {
			if tick.label != "" {
				named = append(named, tick.label)
			}
		}
		return strings.Join(named, ", ")
	}
	for _, test := range []struct {
		low, high float64
		want      string
	}{
		{100, 100, "50 ms, 100 ms, 200 ms"},
		{51, 900, "20 ms, 50 ms, 100 ms, 200 ms, 500 ms, 1 s"},
		{60, 900, "50 ms, 100 ms, 200 ms, 500 ms, 1 s"},
		{1, 3000, "1 ms, 10 ms, 100 ms, 1 s"},
		{0, 0, "0.05 ms, 0.1 ms, 0.2 ms"},
		{0, math.Inf(1), "0.1 ms, 10 ms, 1 s, 100 s, 10000 s, 1000000 s"},
		{math.NaN(), 1, "0.05 ms, 0.1 ms, 0.2 ms, 0.5 ms, 1 ms, 2 ms"},
		{1e9, 1e9, "500000 s, 1000000 s, 2000000 s"},
	} {
		if got := labels(newAxis(test.low, test.high)); got != test.want {
			t.Errorf("%g to %g ms: %s, want %s", test.low, test.high, got, test.want)
		}
	}
}

func TestAxisLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low, high := rapid.Float64().Draw(t, "low"), rapid.Float64().Draw(t, "high")
		a := newAxis(min(low, high), max(low, high))
		if a.low() >= onAxis(min(low, high)) || a.high() <= onAxis(max(low, high)) || a.high() < 2*a.low() {
			t.Fatalf("axis %v", a)
		}
		named := 0
		for i, tick := range a {
			if i > 0 && !(a.at(tick.ms) > a.at(a[i-1].ms)) {
				t.Fatalf("ticks out of order: %v", a)
			}
			if tick.label != "" {
				named++
			}
		}
		if named < 2 || named >= axisManyTicks || a.at(a.low()) != 0 || a.at(a.high()) != 1 {
			t.Fatalf("%d labels of %v", named, a)
		}
	})
}

func TestDurationInWords(t *testing.T) {
	for ms, want := range map[float64]string{
		0: "0 ms", 1e-300: "under 0.001 ms", 0.05: "0.05 ms", 156.23: "156 ms", 999.4: "999 ms", 999.7: "1 s", 1234: "1.23 s",
		86400000: "86400 s", 1e300: "over 10000000 s", math.Inf(1): "over 10000000 s", -3: "under 0.001 ms", math.NaN(): "unknown",
	} {
		if got := duration(ms); got != want {
			t.Errorf("%g ms: %q, want %q", ms, got, want)
		}
	}
}
