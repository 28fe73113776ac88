package estimate

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// columnOf is the value of the named column for x.
func columnOf(t testing.TB, name string, x migration.Features) float64 {
	t.Helper()
	i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
	if i < 0 {
		t.Fatalf("no column %s", name)
	}
	p := Analyse(&precopy.Typical, x)
	return AppendRow(nil, x, &p)[i]
}

func TestColumnsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range columns {
		if c.name == "" || seen[c.name] {
			t.Errorf("column %q is nameless or given twice", c.name)
		}
		seen[c.name] = true
	}
	for _, d := range migration.Definitions {
		number := Learned.Has(d.Feature) && d.Kind != migration.Points && d.Feature != migration.TimeoutS
		if seen[d.Name] != (number || Methods.Has(d.Feature)) {
			t.Errorf("%s is a column: %v", d.Name, seen[d.Name])
		}
	}
}

// Of nothing known nothing is known, but that a VM is moved by plain pre-copy unless somebody says otherwise.
func TestNothingKnownIsNothingKnown(t *testing.T) {
	var x migration.Features
	p := Analyse(&precopy.Typical, x)
	for i, v := range AppendRow(nil, x, &p) {
		f, _ := migration.Lookup(columns[i].name)
		if method := Methods.Has(f) && columns[i].name == f.String(); method && v != 0 || !method && !math.IsNaN(v) {
			t.Errorf("%s = %v", columns[i].name, v)
		}
	}
}

// No VM that is possible makes a column infinite, and none of the columns that are
// features is changed on the way.
func TestColumnsAreNumbersOrUnknown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := modeltest.Known(t)
		p := Analyse(&precopy.Typical, x)
		row := AppendRow([]float64{-1}, x, &p)
		if row[0] != -1 || len(row) != 1+len(columns) {
			t.Fatalf("%d values appended", len(row)-1)
		}
		for i, v := range row[1:] {
			if math.IsInf(v, 0) {
				t.Fatalf("%s = %v", columns[i].name, v)
			}
			if f, ok := migration.Lookup(columns[i].name); ok && v != x.Get(f) && x.Known().Has(f) {
				t.Fatalf("%s = %v, given %v", columns[i].name, v, x.Get(f))
			}
		}
		if math.IsNaN(p.Downtime) == p.Computed {
			t.Fatalf("computed %v, downtime %v", p.Computed, p.Downtime)
		}
	})
}

func TestPhysicsIsThatOfPrecopy(t *testing.T) {
	x := modeltest.VM()
	p := Analyse(&precopy.Typical, x)
	described, ok := precopy.Describe(x)
	if !ok || !p.Computed {
		t.Fatal("the physics of a VM of which all is known is not computed")
	}
	a := described.Analyse(precopy.ZerosInside)
	modeltest.Near(t, "downtime", columnOf(t, "analytic_log_downtime", x), math.Log(a.DowntimeMS))
	modeltest.Near(t, "total time", columnOf(t, "analytic_log_total_time", x), math.Log(a.TotalTimeMS))
	modeltest.Near(t, "rounds", columnOf(t, "analytic_rounds", x), a.Rounds)
	for i, layout := range layouts {
		a := described.Analyse(layout.zeros)
		name := "analytic_log_downtime_" + []string{"zeros_nowhere", "zeros_as_booted"}[i]
		modeltest.Near(t, name, columnOf(t, name, x), math.Log(a.DowntimeMS))
	}
	for i, h := range []precopy.Hypothesis{{Factor: 1}, {Factor: 2}, {Factor: 1, Shape: precopy.Reuse}} {
		e, name := described.Expect(h), []string{"known", "twice", "reuse"}[i]
		modeltest.Near(t, "expected downtime", columnOf(t, "expected_log_downtime_"+name, x), e.LogDowntime)
		modeltest.Near(t, "expected spread", columnOf(t, "expected_spread_"+name, x), e.Spread)
		modeltest.Near(t, "expected total time", columnOf(t, "expected_log_total_time_"+name, x), e.LogTotal)
		modeltest.Near(t, "expected convergence", columnOf(t, "expected_convergence_"+name, x), e.Converged)
		modeltest.Near(t, "margin", columnOf(t, "margin_"+name, x), described.Margin(h))
		if p.expected[i] != e {
			t.Errorf("%s: %+v, want %+v", name, p.expected[i], e)
		}
	}
}

// Where no more than a rate is known, a guest that writes its pages again and again is another hypothesis than one that
// does not; where the curve was measured, it is not.
func TestReuseIsAnotherHypothesisOfARate(t *testing.T) {
	measured := modeltest.VM()
	rate := measured.Only(migration.Everything &^ migration.Of(migration.DirtyCurve))
	for name, c := range map[string]struct {
		x    migration.Features
		same bool
	}{"a rate": {rate, false}, "a curve": {measured, true}} {
		known, reuse := columnOf(t, "expected_log_downtime_known", c.x), columnOf(t, "expected_log_downtime_reuse", c.x)
		if (known == reuse) != c.same {
			t.Errorf("%s: a log downtime of %v as it is known, %v with reuse", name, known, reuse)
		}
	}
}

func TestPhysicsNeedsItsPieces(t *testing.T) {
	pieces := []migration.Set{
		migration.Of(migration.NetworkBandwidth, migration.BandwidthCap),
		migration.Of(migration.DirtyRate, migration.DirtyCurve),
		migration.Of(migration.MemoryMiB, migration.ResidentMiB),
	}
	for _, without := range pieces {
		x := modeltest.VM().Only(migration.Everything &^ without)
		if p := Analyse(&precopy.Typical, x); p.Computed || !math.IsNaN(p.Downtime) {
			t.Errorf("physics without %v", without)
		}
		if v := columnOf(t, "expected_spread_known", x); !math.IsNaN(v) {
			t.Errorf("a spread of %v without %v", v, without)
		}
	}
}

// The first round is known of a guest whose dirtying is not.
func TestFirstRoundWithoutACurve(t *testing.T) {
	var x migration.Features
	x.Set(migration.MemoryMiB, 2048)
	x.Set(migration.MemoryUsage, 50)
	x.Set(migration.NetworkBandwidth, 1000)
	seconds := 1024 / (1000 * precopy.MiBPerMbit * precopy.Typical.Efficiency)
	first := columnOf(t, "first_round_log_ms", x)
	if ms := math.Exp(first); ms < 1000*seconds || ms > 1000*seconds+500 { // zeros are passed over, and the guest is stopped
		t.Errorf("the first round takes %.0f ms, and %.0f MiB take %.0f", ms, 1024., 1000*seconds)
	}
	p := Analyse(&precopy.Typical, x)
	modeltest.Near(t, "total time", p.Total, first)
	if p.Computed || !math.IsNaN(columnOf(t, "analytic_log_total_time", x)) {
		t.Error("the analytic estimate is known without a dirty curve")
	}
}

func TestCurveColumns(t *testing.T) {
	var x migration.Features
	x.SetPoints([]migration.Point{{Seconds: 0.3, MiB: 30}, {Seconds: 3, MiB: 120}})
	for name, want := range map[string]float64{
		"dirty_mib_0.1s": math.NaN(), "dirty_mib_0.3s": 30, "dirty_mib_1s": 30 + 90*0.7/2.7, "dirty_mib_3s": 120, "dirty_mib_10s": math.NaN(),
	} {
		got := columnOf(t, name, x)
		if math.IsNaN(want) {
			if !math.IsNaN(got) {
				t.Errorf("%s = %v past what was measured", name, got)
			}
			continue
		}
		modeltest.Near(t, name, got, want)
	}
}

func TestRoundMbps(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct{ line, limit, want float64 }{
		{1000, nan, 1000}, {nan, 400, 400}, {1000, 400, 400}, {1000, 2000, 1000}, {nan, nan, nan},
	} {
		var x migration.Features
		x.Set(migration.NetworkBandwidth, c.line)
		x.Set(migration.BandwidthCap, c.limit)
		if got := roundMbps(x); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("line %v, limit %v: %v Mbps, want %v", c.line, c.limit, got, c.want)
		}
	}
}

func TestRatiosByHand(t *testing.T) {
	var x migration.Features
	x.Set(migration.NetworkBandwidth, 1/precopy.MiBPerMbit*100) // 100 MiB/s
	x.Set(migration.DirtyRate, 25)
	x.Set(migration.DowntimeLimitMS, 300)
	modeltest.Near(t, "dirty over bandwidth", columnOf(t, "dirty_over_bandwidth", x), 25/(100*precopy.Typical.Efficiency))
	modeltest.Near(t, "limit", columnOf(t, "limit_mib", x), 30*precopy.Typical.Efficiency)
}

func TestLogMS(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := math.Exp(rapid.Float64Range(math.Log(prediction.LeastMS), math.Log(mostMS)).Draw(t, "log"))
		modeltest.Near(t, "inMS(LogMS)", InMS(LogMS(ms)), ms)
	})
	for _, ms := range []float64{0, prediction.LeastMS / 2, prediction.LeastMS, mostMS, 1e300, math.Inf(1)} {
		if got := InMS(LogMS(ms)); got < prediction.LeastMS || got > mostMS {
			t.Errorf("%v ms are told as %v", ms, got)
		}
	}
	for _, log := range []float64{-1e300, 1e300, math.Inf(1), math.Inf(-1)} {
		if got := InMS(log); got != prediction.LeastMS && got != mostMS {
			t.Errorf("a logarithm of %v is told as %v ms", log, got)
		}
	}
}
