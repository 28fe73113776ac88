package precopy

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"vmmp/pkg/migration"
)

// uniform is the dirty curve of a guest that writes rate MiB/s over a working set.
func uniform(rate, workingSet float64) func(float64) float64 {
	return func(t float64) float64 { return -workingSet * math.Expm1(-rate*t/workingSet) }
}

// drawn is any plausible migration without throttling, whose law-abiding
// behaviour the tests below state.
func drawn(t *rapid.T) (p Params, rate, workingSet float64) {
	p.ResidentMiB = rapid.Float64Range(1, 1e6).Draw(t, "resident")
	p.RoundRate = rapid.Float64Range(1, 1e4).Draw(t, "round rate")
	p.LineRate = p.RoundRate * rapid.Float64Range(1, 10).Draw(t, "line over round")
	p.Limit = time.Duration(rapid.IntRange(1, 5000).Draw(t, "limit ms")) * time.Millisecond
	p.Overhead = time.Duration(rapid.IntRange(0, 100).Draw(t, "overhead ms")) * time.Millisecond
	p.Timeout = time.Duration(rapid.SampledFrom([]int{0, 1, 10, 300}).Draw(t, "timeout s")) * time.Second
	workingSet = p.ResidentMiB * rapid.Float64Range(0.001, 1).Draw(t, "working set share")
	rate = p.RoundRate * rapid.Float64Range(0, 3).Draw(t, "rate over bandwidth")
	p.Dirty = uniform(rate, workingSet)
	return p, rate, workingSet
}

func mustRun(t interface{ Fatal(...any) }, p Params) Result {
	r, err := Run(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunByHand(t *testing.T) {
	// 1000 MiB at 100 MiB/s: 10 s, in which a steady 10 MiB/s dirties 100 MiB;
	// those take 1 s, in which 10 MiB are dirtied, and 10 MiB fit 30 MiB = 100 * 0.3 s.
	linear := func(rate float64) func(float64) float64 { return func(t float64) float64 { return rate * t } }
	base := Params{ResidentMiB: 1000, RoundRate: 100, Dirty: linear(10), Overhead: 20 * time.Millisecond}
	with := func(change func(*Params)) Params { p := base; change(&p); return p }
	tests := map[string]struct {
		p    Params
		want Result
	}{
		"two rounds": {base, Result{
			Status: migration.Completed, Downtime: 120 * time.Millisecond, TotalTime: 11120 * time.Millisecond,
			TransferredMiB: 1110, RemainingMiB: 10, Rounds: 2,
		}},
		"a faster line shortens only the pause": {with(func(p *Params) { p.LineRate = 1000 }), Result{
			Status: migration.Completed, Downtime: 30 * time.Millisecond, TotalTime: 11030 * time.Millisecond,
			TransferredMiB: 1110, RemainingMiB: 10, Rounds: 2,
		}},
		"an optimistic hypervisor stops a round early": {with(func(p *Params) { p.Optimism = 4 }), Result{
			Status: migration.Completed, Downtime: 1020 * time.Millisecond, TotalTime: 11020 * time.Millisecond,
			TransferredMiB: 1100, RemainingMiB: 100, Rounds: 1,
		}},
		"a round cap cancels": {with(func(p *Params) { p.MaxRounds = 1 }), Result{
			Status: migration.NotConverged, TotalTime: 10 * time.Second, TransferredMiB: 1000, RemainingMiB: 100, Rounds: 1,
		}},
		"a round cap forces": {with(func(p *Params) { p.MaxRounds = 1; p.Force = true }), Result{
			Status: migration.Forced, Downtime: 1020 * time.Millisecond, TotalTime: 11020 * time.Millisecond,
			TransferredMiB: 1100, RemainingMiB: 100, Rounds: 1,
		}},
		"a timeout cuts the first round": {with(func(p *Params) { p.Timeout = 4 * time.Second }), Result{
			Status: migration.NotConverged, TotalTime: 4 * time.Second, TransferredMiB: 400, RemainingMiB: 640, Rounds: 1,
		}},
		"as hot as the link, 30 rounds": {with(func(p *Params) { p.Dirty = linear(100) }), Result{
			Status: migration.NotConverged, TotalTime: 300 * time.Second, TransferredMiB: 30000, RemainingMiB: 1000, Rounds: 30,
		}},
		"as hot as the link, a day": {with(func(p *Params) { p.Dirty = linear(100); p.Timeout = 24*time.Hour + 5*time.Second }), Result{
			Status: migration.NotConverged, TotalTime: 24*time.Hour + 5*time.Second, TransferredMiB: 8640500, RemainingMiB: 1000, Rounds: 8641,
		}},
		"hotter than the link": {with(func(p *Params) { p.Dirty = linear(1000) }), Result{
			Status: migration.NotConverged, TotalTime: 300 * time.Second, TransferredMiB: 30000, RemainingMiB: 1000, Rounds: 30,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := mustRun(t, test.p)
			options := cmp.Options{cmpopts.IgnoreFields(Result{}, "Trace"), cmpopts.EquateApprox(1e-9, 1e-6),
				cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond })}
			if diff := cmp.Diff(test.want, got, options); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIdleGuestTakesOneRoundAndTheOverhead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _, _ := drawn(t)
		p.Dirty, p.Timeout = nil, 0
		r := mustRun(t, p)
		if r.Status != migration.Completed || r.Rounds != 1 || r.Downtime != p.Overhead {
			t.Fatalf("an idle guest: %+v", r)
		}
	})
}

func TestMoreBandwidthNeverLengthens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slow, _, _ := drawn(t)
		fast := slow
		fast.RoundRate *= rapid.Float64Range(1, 4).Draw(t, "faster")
		fast.LineRate = max(slow.LineRate, fast.RoundRate)
		neverLonger(t, mustRun(t, slow), mustRun(t, fast))
	})
}

func TestHotterCurveNeverShortens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hot, rate, workingSet := drawn(t)
		cool := hot
		cool.Dirty = uniform(rate*rapid.Float64Range(0, 1).Draw(t, "cooler"), workingSet)
		neverLonger(t, mustRun(t, hot), mustRun(t, cool))
	})
}

// neverLonger states that b, the easier migration, converges where a does, and
// is then over no later.
func neverLonger(t *rapid.T, a, b Result) {
	if a.Status != migration.Completed {
		return
	}
	if b.Status != migration.Completed || b.TotalTime > a.TotalTime+time.Microsecond {
		t.Fatalf("the easier migration took longer:\n%+v\n%+v", a, b)
	}
}

func TestEveryRunEndsAndAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _, _ := drawn(t)
		p.AutoConverge = rapid.Bool().Draw(t, "auto-converge")
		p.Force = rapid.Bool().Draw(t, "force")
		r := mustRun(t, p)
		if r.Rounds < 1 || r.RemainingMiB > p.ResidentMiB*(1+1e-9) {
			t.Fatalf("impossible: %+v", r)
		}
		if r.Status == migration.Completed && r.RemainingMiB > p.RoundRate*p.Limit.Seconds()*(1+1e-9) {
			t.Fatalf("switched over with more left than the limit allows: %+v", r)
		}
		if p.Timeout > 0 && r.TotalTime > p.Timeout+r.Downtime+time.Microsecond {
			t.Fatalf("went on after its timeout of %v: %+v", p.Timeout, r)
		}
		var sent float64
		for _, round := range r.Trace {
			sent += round.SentMiB
		}
		if sent > r.TransferredMiB*(1+1e-9) {
			t.Fatalf("trace sends %g MiB, result %g", sent, r.TransferredMiB)
		}
	})
}

func TestAutoConvergeThrottlesUntilItConverges(t *testing.T) {
	p := Params{ResidentMiB: 4000, RoundRate: 100, Dirty: uniform(400, 2000), AutoConverge: true}
	r := mustRun(t, p)
	if r.Status != migration.Completed {
		t.Fatalf("throttling to 99 %% did not help: %+v", r)
	}
	before := -1.0
	for _, round := range r.Trace {
		if round.Throttle < before || round.Throttle > throttleMost {
			t.Errorf("round %d: throttle went from %g to %g", round.Number, before, round.Throttle)
		}
		before = round.Throttle
	}
	p.AutoConverge = false
	if r := mustRun(t, p); r.Status != migration.NotConverged {
		t.Errorf("without throttling it should not converge: %+v", r)
	}
}

func TestCoolGuestIsNotThrottled(t *testing.T) {
	r := mustRun(t, Params{ResidentMiB: 1000, RoundRate: 100, Dirty: uniform(10, 500), AutoConverge: true})
	for _, round := range r.Trace {
		if round.Throttle != 0 {
			t.Errorf("throttled in %+v", round)
		}
	}
}

func TestImpossibleParametersAreRefused(t *testing.T) {
	good := Params{ResidentMiB: 1, RoundRate: 1}
	for name, change := range map[string]func(*Params){
		"no bandwidth":       func(p *Params) { p.RoundRate = 0 },
		"negative bandwidth": func(p *Params) { p.RoundRate = -1 },
		"NaN bandwidth":      func(p *Params) { p.RoundRate = math.NaN() },
		"infinite line":      func(p *Params) { p.LineRate = math.Inf(1) },
		"negative memory":    func(p *Params) { p.ResidentMiB = -1 },
		"NaN memory":         func(p *Params) { p.ResidentMiB = math.NaN() },
		"negative limit":     func(p *Params) { p.Limit = -1 },
		"negative timeout":   func(p *Params) { p.Timeout = -1 },
		"negative overhead":  func(p *Params) { p.Overhead = -1 },
		"negative rounds":    func(p *Params) { p.MaxRounds = -1 },
		"negative optimism":  func(p *Params) { p.Optimism = -1 },
	} {
		p := good
		change(&p)
		if _, err := Run(p); !errors.Is(err, ErrParams) {
			t.Errorf("%s: got %v, want ErrParams", name, err)
		}
	}
	if _, err := Run(good); err != nil {
		t.Error(err)
	}
}

func TestEndlessTimesSaturate(t *testing.T) {
	r := mustRun(t, Params{ResidentMiB: 1e12, RoundRate: 1e-3})
	if r.TotalTime <= 0 {
		t.Errorf("total time overflowed to %v", r.TotalTime)
	}
}
