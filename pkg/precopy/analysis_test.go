package precopy

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
)

// features are those of a 4 GiB VM on 1 GbE with the given changes; a value of
// NaN makes a feature unknown.
func features(change map[migration.Feature]float64) migration.Features {
	var x migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 50, migration.MemoryUsage: 50, migration.NetworkBandwidth: 1000,
		migration.MemoryMiB: 4096, migration.ResidentMiB: 3000, migration.DirtyRate: 20,
		migration.WorkingSetMiB: 200, migration.DowntimeLimitMS: 300,
	} {
		x.Set(f, v)
	}
	for f, v := range change {
		x.Set(f, v)
	}
	return x
}

// described is what the physics knows of x, which must be enough.
func described(t testing.TB, x migration.Features) *VM {
	t.Helper()
	return describedAt(t, &Typical, x)
}

// describedAt is the same at a site.
func describedAt(t testing.TB, site *Site, x migration.Features) *VM {
	t.Helper()
	vm, ok := site.Describe(x)
	if !ok {
		t.Fatalf("too little is known: %v", x.Known())
	}
	return &vm
}

func TestDescribeNeedsBandwidthMemoryAndDirtying(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name   string
		change map[migration.Feature]float64
		want   bool
	}{
		{"all known", nil, true},
		{"no bandwidth", map[migration.Feature]float64{migration.NetworkBandwidth: nan}, false},
		{"a cap stands for the bandwidth", map[migration.Feature]float64{migration.NetworkBandwidth: nan, migration.BandwidthCap: 500}, true},
		{"no rate", map[migration.Feature]float64{migration.DirtyRate: nan}, false},
		{"no working set", map[migration.Feature]float64{migration.WorkingSetMiB: nan}, true},
		{"no resident memory", map[migration.Feature]float64{migration.ResidentMiB: nan}, true},
		{"no memory at all", map[migration.Feature]float64{migration.ResidentMiB: nan, migration.MemoryMiB: nan}, false},
		{"no limit", map[migration.Feature]float64{migration.DowntimeLimitMS: nan}, true},
	}
	for _, test := range tests {
		if _, got := Describe(features(test.change)); got != test.want {
			t.Errorf("%s: computable %v, want %v", test.name, got, test.want)
		}
	}
	if _, ok := Describe(migration.Features{}); ok {
		t.Error("computed from nothing")
	}
}

// What the analysis says of a migration that switches over is what the run says,
// zeros and all.
func TestAnalyseIsTheRun(t *testing.T) {
	zeros := 0
	for _, mbps := range []float64{200, 1000, 10_000, 25_000} {
		for _, limit := range []float64{50, 300, 1000} {
			x := features(map[migration.Feature]float64{migration.NetworkBandwidth: mbps, migration.DowntimeLimitMS: limit, migration.MemoryMiB: 16384})
			vm := described(t, x)
			p := vm.Params()
			r, a := mustRun(t, p), vm.Analyse(ZerosInside)
			if a.Converged && math.Abs(a.DowntimeMS-milliseconds(r.Downtime)) > 1e-9 {
				t.Errorf("%g Mbps, limit %g ms: %g ms, the run pauses for %v", mbps, limit, a.DowntimeMS, r.Downtime)
			}
			if a.DowntimeMS > a.RemainingMiB/p.LineRate*1000+milliseconds(p.Overhead)+0.5 {
				zeros++
			}
		}
	}
	if zeros == 0 {
		t.Error("no pause holds the time that zero pages take")
	}
}

func TestAnalyseWithoutConvergenceAnswersTheLimit(t *testing.T) {
	a := described(t, features(map[migration.Feature]float64{migration.DirtyRate: 5000, migration.WorkingSetMiB: 2500})).Analyse(ZerosInside)
	if a.Converged {
		t.Fatalf("a guest hotter than its link: %+v", a)
	}
	if want := 300 + milliseconds(Typical.Overhead); math.Abs(a.DowntimeMS-want) > 1e-6 {
		t.Errorf("downtime if it switched over after all is %g ms, want the limit and the overhead, %g", a.DowntimeMS, want)
	}
}

func TestCapSlowsRoundsNotThePause(t *testing.T) {
	free := described(t, features(nil)).Analyse(ZerosInside)
	capped := described(t, features(map[migration.Feature]float64{migration.BandwidthCap: 200})).Analyse(ZerosInside)
	if capped.TotalTimeMS < 2*free.TotalTimeMS {
		t.Errorf("a fifth of the bandwidth takes %g ms against %g", capped.TotalTimeMS, free.TotalTimeMS)
	}
	if most := 300*0.2 + 10 + milliseconds(Typical.Overhead); capped.DowntimeMS > most {
		t.Errorf("the pause of %g ms was not sent at line rate (at most %g)", capped.DowntimeMS, most)
	}
}

func TestExpectationAveragesNeighbouringRuns(t *testing.T) {
	for rate := 1.0; rate < 400; rate *= 1.3 {
		x := features(map[migration.Feature]float64{migration.DirtyRate: rate, migration.WorkingSetMiB: 2000})
		vm := described(t, x)
		cool, hot := vm.Expect(Hypothesis{1, AsKnown}), vm.Expect(Hypothesis{2.5, AsKnown})
		if cool.Spread < 0 || cool.Converged < hot.Converged || cool.LogTotal > hot.LogTotal+1e-9 && hot.Converged == 1 {
			t.Errorf("at %g MiB/s: cool %+v, hot %+v", rate, cool, hot)
		}
	}
}

// All memory of the guest is in use and nobody looks at it, so that it stops in its first pass with about what the
// limit allows: only what the hypervisor believes of its bandwidth counts.
func TestExpectationOfAnIdleGuestIsItsLimit(t *testing.T) {
	site := Typical
	site.EndMiB = 0
	x := features(map[migration.Feature]float64{migration.DirtyRate: 0, migration.ResidentMiB: 4096})
	e := describedAt(t, &site, x).Expect(Hypothesis{2.5, AsKnown})
	want := math.Log(300 - milliseconds(DefaultLook)/2 + milliseconds(site.Overhead))
	if e.Spread > 0.3 || math.Abs(e.LogDowntime-want) > 0.1 || math.Abs(e.Converged-1) > 1e-9 {
		t.Errorf("got %+v, want about %.2f", e, want)
	}
}

// A cool guest stops in its first pass, with what is left of RAM when the limit is
// reached: memory in use costs time, zeros do not.
func TestWhereZerosLieDecidesThePause(t *testing.T) {
	vm := described(t, features(map[migration.Feature]float64{migration.DirtyRate: 0.1, migration.WorkingSetMiB: 2}))
	pause := func(zeros Zeros) float64 {
		a := vm.Analyse(zeros)
		if !a.Converged {
			t.Fatalf("zeros %d: %+v", zeros, a)
		}
		return a.DowntimeMS
	}
	booted, inside, nowhere := pause(ZerosAsBooted), pause(ZerosInside), pause(ZerosNowhere)
	if overhead := milliseconds(Typical.Overhead); !(booted < overhead+30 && inside > 120 && inside < 200 && nowhere > 250) {
		t.Errorf("%.0f ms as booted, %.0f with the display's zeros at the end, %.0f without", booted, inside, nowhere)
	}
	if again := pause(ZerosAsBooted); again != booted {
		t.Errorf("asked again, %.0f ms, not %.0f", again, booted)
	}
}

// The first round takes as long whatever the guest dirties, and is known where its
// dirtying is not.
func TestFirstRoundNeedsNoCurve(t *testing.T) {
	vm, ok := Describe(features(map[migration.Feature]float64{migration.DirtyRate: math.NaN()}))
	first, known := vm.FirstRound()
	if ok || !known {
		t.Fatalf("without a curve: described %t, its first round known %t", ok, known)
	}
	hot := features(map[migration.Feature]float64{migration.DirtyRate: 5000, migration.TimeoutS: 1})
	if again, known := described(t, hot).FirstRound(); !known || again != first {
		t.Errorf("%+v of a hot guest, %+v of one of unknown dirtying", again, first)
	}
	idle := features(map[migration.Feature]float64{migration.DirtyRate: 0})
	if a := described(t, idle).Analyse(ZerosInside); a != first {
		t.Errorf("%+v of an idle guest, its first round is %+v", a, first)
	}
	var nothing VM
	if _, known := nothing.FirstRound(); known {
		t.Error("the first round of nothing is known")
	}
}

func TestMarginTellsNearFromHopeless(t *testing.T) {
	margin := func(rate, limit float64) float64 {
		return described(t, features(map[migration.Feature]float64{
			migration.DirtyRate: rate, migration.WorkingSetMiB: 2500, migration.DowntimeLimitMS: limit,
		})).Margin(Hypothesis{1, AsKnown})
	}
	for i, rates := range [][2]float64{{50, 90}, {90, 200}, {200, 600}} {
		if cool, hot := margin(rates[0], 300), margin(rates[1], 300); cool <= hot {
			t.Errorf("%d: margin %.2f at %v MiB/s, %.2f at %v", i, cool, rates[0], hot, rates[1])
		}
	}
	if idle, hopeless := margin(1, 300), margin(600, 300); idle < 2 || hopeless > -1 {
		t.Errorf("margin %.2f of an idle guest, %.2f of a hopeless one", idle, hopeless)
	}
	if once, twice := margin(60, 300), margin(60, 600); math.Abs(twice-once-math.Ln2) > 1e-9 {
		t.Errorf("twice the limit makes %.3f of %.3f", twice, once)
	}
	for _, x := range []migration.Features{features(nil), features(map[migration.Feature]float64{migration.AutoConverge: 1, migration.TimeoutS: 1})} {
		if m := described(t, x).Margin(Hypothesis{1, AsKnown}); math.IsInf(m, 0) || math.IsNaN(m) {
			t.Errorf("margin %v", m)
		}
	}
}

// BenchmarkVM asks what one prediction does: one description, 28 runs.
func BenchmarkVM(b *testing.B) {
	x := features(nil)
	b.ReportAllocs()
	for b.Loop() {
		vm := described(b, x)
		vm.FirstRound()
		for zeros := range ZerosAsBooted + 1 {
			vm.Analyse(zeros)
		}
		for _, h := range []Hypothesis{{1, AsKnown}, {2, AsKnown}, {1, Reuse}} {
			vm.Expect(h)
			vm.Margin(h)
		}
	}
}
