package population

import (
	"math"
	"slices"
	"testing"
	"time"
)

// sites are the first n of the fleet's.
func sites(n int, measuredLink bool) []site {
	all := make([]site, n)
	for i := range all {
		all[i] = drawSite(newRand(21, uint64(i)), measuredLink)
	}
	return all
}

// shareOf returns which share of the sites is such a one.
func shareOf(all []site, such func(site) bool) float64 {
	n := 0
	for _, s := range all {
		if such(s) {
			n++
		}
	}
	return float64(n) / float64(len(all))
}

func TestSitesDifferAsRealOnesDo(t *testing.T) {
	nominal, measured := sites(10_000, false), sites(10_000, true)
	between := func(low, high float64, value func(site) float64) func(site) bool {
		return func(s site) bool { return value(s) > low && value(s) < high }
	}
	efficiency := func(s site) float64 { return s.Efficiency }
	heat := func(s site) float64 { return s.Heat }
	fixed := func(s site) float64 { return s.Overhead.Seconds() * 1000 }
	for _, test := range []struct {
		what string
		of   []site
		such func(site) bool
		want float64
	}{
		{"a fixed part below the lab's", nominal, func(s site) bool { return s.Overhead < 7*time.Millisecond }, 0.06},
		{"a fixed part as KVM's", nominal, between(11, 16, fixed), 0.32},
		{"a fixed part above the other driver's", nominal, func(s site) bool { return s.Overhead > 26*time.Millisecond }, 0.085},
		{"ordinary frames on a nominal link", nominal, between(0.926, 0.956, efficiency), 0.77},
		{"all of a measured bandwidth", measured, between(0.985, 1.01, efficiency), 0.62},
		{"busy processors on a nominal link", nominal, between(0.5, 0.926, efficiency), 0.087},
		{"a default display", nominal, func(s site) bool { return s.EndMiB == 16.4 }, 0.7},
		{"no display", nominal, func(s site) bool { return s.EndMiB == 0 }, 0.2},
		{"the process's memory", nominal, func(s site) bool { return s.OffsetMiB > 0 }, 0.35},
		{"guests as hot as before", nominal, between(0.85, 1.15, heat), 0.825},
		{"guests twice as hot", nominal, between(2, 3.01, heat), 0.074},
		{"zeros as slow as the KVM table's", nominal, func(s site) bool { return s.ZeroRate < 13_000 }, 0.14},
		{"zeros faster than published hosts'", nominal, func(s site) bool { return s.ZeroRate > 25_000 }, 0.29},
		{"post-copy within 11 ms", nominal, func(s site) bool { return s.Postcopy < 11*time.Millisecond }, 0.968},
	} {
		if got := shareOf(test.of, test.such); math.Abs(got-test.want) > 0.015 {
			t.Errorf("%s: %.3f of the sites, want %.3f", test.what, got, test.want)
		}
	}
	for _, s := range slices.Concat(nominal, measured) {
		within := func(v, low, high float64) bool { return v >= low && v <= high }
		if !within(s.Efficiency, 0.5, 1) || !within(s.Heat, 0.7, mostHeat) || !within(s.Wire, 0.3, 1) ||
			!within(s.Resend, 0.2, 1) || !within(s.stopSigma, leastStopSigma, mostStopSigma) {
			t.Fatalf("%+v", s)
		}
	}
}

func TestSharesSumToOne(t *testing.T) {
	for name, choices := range map[string][]choice{"links": links, "displays": displays} {
		sum := 0.0
		for _, c := range choices {
			sum += c.share
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s: shares sum to %g", name, sum)
		}
	}
	sum := 0.0
	for _, w := range workloads {
		sum += w.share
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("workloads: shares sum to %g", sum)
	}
}
