package estimate

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
)

// anyPause draws how a site's pauses may differ.
func anyPause(t *rapid.T) pause {
	return pause{FixedMS, rapid.Float64Range(-20, 60).Draw(t, "fixed"), rapid.Float64Range(-2, 2).Draw(t, "memory")}
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
	p := pause{FixedMS, 12, 0.3}
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

// At a place that was learned its physics is asked; of one that is not known that of the expert.
func TestThePlaceOfACorrection(t *testing.T) {
	e := Expert{Place: precopy.Typical}
	var none Correction
	if none.Known() || none.place(&e) != &e.Place || none.expectedMS() != FixedMS {
		t.Errorf("of nothing a place is learned: %+v", none)
	}
	c := Correction{Place: slowPlace()}
	if !c.Known() || c.place(&e) != &c.Place {
		t.Errorf("the place is %+v", c.place(&e))
	}
	modeltest.Near(t, "fixed part", c.expectedMS(), 29)
}

func TestValidCorrections(t *testing.T) {
	for _, c := range []Correction{
		{}, {Rows: 7, Place: slowPlace(), FixedMS: -9, Memory: 0.4, Time: -0.1, Spread: -1, Sigma: 0.3},
	} {
		if !c.Valid() {
			t.Errorf("not valid: %+v", c)
		}
	}
	nan := math.NaN()
	nowhere := slowPlace()
	nowhere.Efficiency = 0
	for _, c := range []Correction{
		{Rows: -1}, {FixedMS: 1e13}, {Memory: 200}, {Place: nowhere}, {Time: 101}, {Spread: -101},
		{Sigma: -0.1}, {Sigma: 101}, {FixedMS: nan}, {Memory: nan}, {Time: nan}, {Spread: nan}, {Sigma: nan},
	} {
		if c.Valid() {
			t.Errorf("valid: %+v", c)
		}
	}
}
