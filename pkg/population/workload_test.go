package population

import (
	"math"
	"slices"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// deciles returns the nine of them.
func deciles(values []float64) []float64 {
	slices.Sort(values)
	var all []float64
	for i := 1; i < 10; i++ {
		all = append(all, values[len(values)*i/10])
	}
	return all
}

// The guests that do not write evenly over their working set have the curves of the 53 workloads, of which these are
// the deciles.
func TestDirtyCurvesHaveTheShapesOfRealOnes(t *testing.T) {
	var overTenth, overSecond []float64
	even := 0
	const n = 10_000
	for i := range uint64(n) {
		g := drawGuest(newRand(31, i))
		if g.truth.hotMiB == 0 {
			even++
			continue
		}
		overTenth = append(overTenth, g.dirty(1)/g.dirty(0.1))
		overSecond = append(overSecond, g.dirty(1e7)/g.dirty(1))
	}
	for name, test := range map[string]struct{ got, want []float64 }{
		"D(1 s) over D(0.1 s)":    {deciles(overTenth), []float64{1.27, 1.35, 1.52, 1.69, 1.81, 1.95, 2.31, 3.64, 5.64}},
		"working set over D(1 s)": {deciles(overSecond), []float64{2.4, 3.1, 4.1, 4.7, 6.9, 9.3, 15, 23, 34}},
	} {
		for i, want := range test.want {
			if got := test.got[i]; math.Abs(math.Log(got/want)) > 0.08 {
				t.Errorf("decile %d of %s is %.2f, want %.2f", i+1, name, got, want)
			}
		}
	}
	if share := float64(even) / n; share < 0.15 || share > 0.4 {
		t.Errorf("%.2f of the guests write evenly over their working set", share)
	}
}

// CPU time tells nothing of dirtying where a guest only computes, and a little over the whole fleet.
func TestCPUTellsLittleOfDirtying(t *testing.T) {
	var busy, cool int
	for i := range uint64(10_000) {
		g := drawGuest(newRand(32, i))
		if g.features.Get(migration.CPULoad) < 70 {
			continue
		}
		busy++
		if g.dirty(1) < 0.3*940*precopy.MiBPerMbit { // all such converge on 1 GbE
			cool++
		}
	}
	if share := float64(cool) / float64(busy); share < 0.6 || share > 0.95 {
		t.Errorf("%.2f of the guests with a CPU load of 70 %% and more dirty less than 0.3 of 1 GbE", share)
	}
}

// On 1 GbE with a limit of 300 ms guests converge by their dirty rate over the bandwidth as those of 2,500 KVM
// migrations did: 100 % at 0.35, 80 at 0.55, 64 at 0.75, 30 at 0.95, and 14 above the bandwidth.
func TestConvergenceFallsWithDirtyingAsOnKVM(t *testing.T) {
	const bandwidth = 941 * precopy.MiBPerMbit
	type bin struct{ at, low, high float64 }
	bins := []bin{
		{0.15, 0.99, 1}, {0.35, 0.95, 1}, {0.55, 0.65, 0.9}, {0.75, 0.48, 0.75}, {0.95, 0.18, 0.42}, {1.15, 0, 0.2}, {2, 0, 0.03},
	}
	runs, converged := make([]int, len(bins)), make([]int, len(bins))
	const most = 400 // of each
	for i := range uint64(40_000) {
		r := newRand(33, i)
		g := drawGuest(r)
		at := slices.IndexFunc(bins, func(b bin) bool { return math.Abs(g.dirty(1)/bandwidth-b.at) < 0.05*max(1, b.at) })
		if at < 0 || runs[at] == most {
			continue
		}
		g.onGigabit()
		runs[at]++
		if g.migrate(drawNoise(r, g.site.stopSigma), 0).Status == migration.Completed {
			converged[at]++
		}
	}
	before := 1.0
	for i, b := range bins {
		if runs[i] < 100 {
			t.Fatalf("only %d guests dirty %.2f of the bandwidth", runs[i], b.at)
		}
		share := float64(converged[i]) / float64(runs[i])
		if share < b.low || share > b.high || share > before {
			t.Errorf("at %.2f of the bandwidth %.3f of %d converge, want %.2f to %.2f, and no more than %.3f",
				b.at, share, runs[i], b.low, b.high, before)
		}
		before = share
	}
}

// onGigabit moves g as the guests of the KVM table were moved, at a site without surprises.
func (g *guest) onGigabit() {
	x := &g.features
	for f := range methods.All() {
		x.Set(f, math.NaN())
	}
	x.Set(migration.NetworkBandwidth, 1000)
	x.Set(migration.BandwidthCap, 1000)
	x.Set(migration.DowntimeLimitMS, 300)
	x.Set(migration.AutoConverge, 0)
	g.site.Efficiency, g.site.Heat, g.site.Optimism = 0.941, 1, 1
}
