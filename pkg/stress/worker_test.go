package stress

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"time"
)

// fake is a worker that does just what it is owed.
type fake struct {
	opening, stepping error
	steps             atomic.Int64
	closed            atomic.Int64
	did               float64
}

func (f *fake) open(context.Context) error { return f.opening }

func (f *fake) step(_ time.Duration, owed float64) (float64, error) {
	f.steps.Add(1)
	f.did += owed
	return owed, f.stepping
}

func (f *fake) work() float64 { return 3 * f.did }
func (f *fake) close() error  { f.closed.Add(1); return nil }

func runnerOf(w worker, rate float64) *runner {
	return &runner{worker: w, debt: debt{pace: pace{rate: rate}}, least: 1, start: time.Now()}
}

func TestRunnerWorksUntilItsTimeIsOver(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	w, ready := &fake{}, 0
	m := runnerOf(w, 1000)
	if got := m.checkpoint(); got.begun {
		t.Errorf("begun before it began: %+v", got)
	}
	if err := m.run(ctx, func() { ready++ }); err != nil {
		t.Fatal(err)
	}
	got := m.checkpoint()
	if !got.begun || got.effort <= 0 || got.effort > 1000*got.elapsed.Seconds() || got.work != 3*got.effort {
		t.Errorf("%+v", got)
	}
	if time.Sleep(time.Millisecond); m.checkpoint() != got {
		t.Error("goes on after its end")
	}
	if ready != 1 || w.closed.Load() != 1 {
		t.Errorf("ready %d times, closed %d times", ready, w.closed.Load())
	}
}

func TestRunnerEndsWithAFault(t *testing.T) {
	full := errors.New("no space left")
	for _, w := range []*fake{{opening: full}, {stepping: full}} {
		ready := 0
		err := runnerOf(w, 1).run(t.Context(), func() { ready++ })
		if !errors.Is(err, full) || ready != 1 || w.closed.Load() != 1 {
			t.Errorf("error %v, ready %d times, closed %d times", err, ready, w.closed.Load())
		}
	}
}

func workersOf(runners ...*runner) *workers {
	return &workers{name: CPU, pace: pace{rate: 1}, runners: runners, rates: func(p progress) (float64, float64) { return p.target, p.effort }}
}

func TestWorkersInTheMean(t *testing.T) {
	c := workersOf(&runner{}, &runner{}, &runner{})
	second := func(effort, work float64) checkpoint { return checkpoint{true, time.Second, effort, work} }
	got := c.between(c.none(), []checkpoint{second(0.5, 10), second(0.7, 30), {}})
	want := Rate{Stressor: CPU, Workers: 3, Target: 1, Achieved: 0.6, Work: 40, Total: 40}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	none := c.between(c.none(), c.none())
	if !math.IsNaN(none.Target) || !math.IsNaN(none.Achieved) || !math.IsNaN(none.Work) || none.Total != 0 {
		t.Errorf("%+v, want unknown", none)
	}
}

// The dirty rate counts what is written twice within a second once.
func TestDirtyRateIsDistinct(t *testing.T) {
	v := VMLoad{Workers: 1, Bytes: gib, WorkingSet: 100 * mib, DirtyRate: Unpaced}
	target, achieved := v.rates(progress{target: 1, effort: 1, work: 5 * gib})
	if !math.IsNaN(target) || achieved != 100*mib {
		t.Errorf("target %g, achieved %v", target, Size(achieved))
	}
	v.DirtyRate = 50 * mib
	if target, achieved := v.rates(progress{target: v.DirtyRate, effort: 49 * mib, work: 49 * mib}); target != 50*mib || achieved != 49*mib {
		t.Errorf("target %v, achieved %v", Size(target), Size(achieved))
	}
	if _, achieved := v.rates(progress{work: math.NaN()}); !math.IsNaN(achieved) {
		t.Errorf("achieved %g of nothing known", achieved)
	}
}
