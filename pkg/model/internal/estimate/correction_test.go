package estimate

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
)

// anyPause draws how a site's pauses may differ.
func anyPause(t *rapid.T) pause {
	return pause{rapid.Float64Range(-20, 60).Draw(t, "fixed"), rapid.Float64Range(-2, 2).Draw(t, "memory")}
}

func TestPauseIsAFixedPartAndOneOfMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPause(t)
		ms := FixedMS + rapid.Float64Range(0, 1e6).Draw(t, "memory part")
		want := max(FixedMS+p.fixed, leastFixedMS) + (ms-FixedMS)*math.Exp(p.memory)
		if got := math.Exp(p.at(math.Log(ms))); math.Abs(got-want) > 1e-9*want {
			t.Fatalf("%v ms become %v, want %v", ms, got, want)
		}
	})
}

func TestPauseThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, log := anyPause(t), rapid.Float64Range(-3, 20).Draw(t, "log")
		if back := p.from(p.at(log)); math.Abs(back-log) > 1e-6 {
			t.Fatalf("there and back: %v from %v", back, log)
		}
		if back := p.at(p.from(log)); math.Abs(back-log) > 1e-6 {
			t.Fatalf("back and there: %v from %v", back, log)
		}
	})
}

func TestALongerPauseStaysALongerOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, log := anyPause(t), rapid.Float64Range(-3, 20).Draw(t, "log")
		more := log + rapid.Float64Range(1e-6, 2).Draw(t, "more")
		if p.at(more) <= p.at(log) || p.from(more) <= p.from(log) {
			t.Fatalf("%v to %v becomes %v to %v, and comes from %v to %v",
				log, more, p.at(log), p.at(more), p.from(log), p.from(more))
		}
	})
}

func TestPausesBeyondAllTimes(t *testing.T) {
	p := pause{12, 0.3}
	if got := p.at(farLog); got != farLog+0.3 {
		t.Errorf("a pause beyond all times becomes %v", got)
	}
	if got := p.from(farLog); got != farLog-0.3 {
		t.Errorf("a pause beyond all times comes from %v", got)
	}
	for _, log := range []float64{math.Inf(1), math.Inf(-1), -farLog} {
		if got := p.at(log); math.IsNaN(got) || math.IsInf(got, 0) != math.IsInf(log, 0) {
			t.Errorf("%v becomes %v", log, got)
		}
	}
	for _, log := range []float64{farLog, -3, 0, math.Log(FixedMS), 9} {
		if got := (pause{}).at(log); got != log {
			t.Errorf("where nothing is known %v becomes %v", log, got)
		}
		if got := (pause{}).from(log); got != log {
			t.Errorf("where nothing is known %v comes from %v", log, got)
		}
	}
}

// A site of which nothing is known is asked about as it is.
func TestNoCorrectionChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := modeltest.Known(t)
		var c Correction
		if got := c.Features(x); !got.Equal(x) {
			t.Fatalf("%v becomes %v", x, got)
		}
	})
}

func TestCorrectionOfFeatures(t *testing.T) {
	c := Correction{OffsetMiB: 60, Bandwidth: math.Log(1.02)}
	x := modeltest.VM()
	x.Set(migration.ResidentMiB, 1000)
	x.Set(migration.NetworkBandwidth, 950)
	got := c.Features(x)
	modeltest.Near(t, "resident memory that is sent", got.Get(migration.ResidentMiB), 940)
	modeltest.Near(t, "bandwidth", got.Get(migration.NetworkBandwidth), 950*1.02)
	x.Set(migration.ResidentMiB, 70)
	got = c.Features(x)
	modeltest.Near(t, "half of little memory", got.Get(migration.ResidentMiB), 35)
	x.Set(migration.ResidentMiB, 0)
	got = c.Features(x)
	modeltest.Near(t, "of none", got.Get(migration.ResidentMiB), 0)
	others := migration.Everything &^ migration.Of(migration.ResidentMiB, migration.NetworkBandwidth)
	if got := c.Features(x).Only(others); !got.Equal(x.Only(others)) {
		t.Errorf("other features of %v change: %v", x, got)
	}
	if got := c.Features(migration.Features{}); got.Known() != 0 {
		t.Errorf("of nothing known %v becomes known", got.Known())
	}
	c = Correction{TailMiB: 48}
	got = c.Features(x)
	modeltest.Near(t, "zeros at the end of RAM", got.Get(migration.ZeroTailMiB), 48)
	x.Set(migration.ZeroTailMiB, 3)
	got = c.Features(x)
	modeltest.Near(t, "zeros where somebody has looked", got.Get(migration.ZeroTailMiB), 3)
}

// A stream fills no more of a fast link than before because the link is thought to be a little faster: what bounds the
// stream still does.
func TestCorrectionLeavesTheCeilingOfAStream(t *testing.T) {
	for _, tls := range []float64{0, 1} {
		x := modeltest.VM()
		x.Set(migration.NetworkBandwidth, 100_000)
		x.Set(migration.BandwidthCap, math.NaN())
		x.Set(migration.TLS, tls)
		plain := Analyse(&precopy.Typical, x)
		c := Correction{Bandwidth: 0.01}
		corrected := Analyse(&precopy.Typical, c.Features(x))
		if off := plain.Total - corrected.Total; math.Abs(off-0.01) > 0.002 {
			t.Errorf("TLS %v: a bandwidth of 1 %% more shortens the total time by %.1f %%", tls, 100*off)
		}
	}
}

func TestValidCorrections(t *testing.T) {
	for _, c := range []Correction{
		{}, {Rows: 7, FixedMS: -9, Memory: 0.4, OffsetMiB: mostOffset, Bandwidth: -mostBandwidth, TailMiB: 128, Spread: -1, Sigma: 0.3},
	} {
		if !c.Valid() {
			t.Errorf("not valid: %+v", c)
		}
	}
	nan := math.NaN()
	for _, c := range []Correction{
		{Rows: -1}, {FixedMS: 1e13}, {Memory: 200}, {OffsetMiB: -1}, {OffsetMiB: 1e6}, {Bandwidth: 3}, {Spread: -101}, {TailMiB: -1}, {TailMiB: 1e6},
		{Sigma: -0.1}, {Sigma: 101}, {FixedMS: nan}, {Memory: nan}, {OffsetMiB: nan}, {Bandwidth: nan}, {TailMiB: nan}, {Spread: nan}, {Sigma: nan},
	} {
		if c.Valid() {
			t.Errorf("valid: %+v", c)
		}
	}
}
