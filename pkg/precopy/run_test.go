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
	// The threshold is 100 MiB/s * 0.3 s = 30 MiB. 970 of 1000 MiB take 9.7 s, in
	// which 97 MiB are dirtied; the 30 that are still to be sent may be among them,
	// 3 % of all, which leaves 124.09. Down to 30 MiB of that takes 0.9409 s and, at
	// a look every 50 ms, 0.95: 29.09 are left, 9.5 have been dirtied, 2.909 % of which
	// were still to be sent: 38.313645. Another 0.1 s leave 28.313645 and bring 0.971686,
	// and 29.285331 fit.
	linear := func(rate float64) func(float64) float64 { return func(t float64) float64 { return rate * t } }
	base := Params{ResidentMiB: 1000, RoundRate: 100, Dirty: linear(10), Overhead: 20 * time.Millisecond}
	with := func(change func(*Params)) Params { p := base; change(&p); return p }
	left := 28.313645 + (1-0.028313645)*1
	tests := map[string]struct {
		p    Params
		want Result
	}{
		"three looks": {base, Result{
			Status: migration.Completed, Downtime: seconds(left/100 + 0.02), TotalTime: seconds(10.75 + left/100 + 0.02),
			TransferredMiB: 1075 + left, RemainingMiB: left, Rounds: 5,
		}},
		"a faster line shortens only the pause, and is looked at half as often": {with(func(p *Params) { p.LineRate = 1000; p.Look = DefaultLook }), Result{
			Status: migration.Completed, Downtime: seconds(left/1000 + 0.02), TotalTime: seconds(10.75 + left/1000 + 0.02),
			TransferredMiB: 1075 + left, RemainingMiB: left, Rounds: 5,
		}},
		// A threshold of 150 MiB: 850 of 1000 in 8.5 s leave 150 and bring 85 * 0.85 = 72.25.
		// Down to 150 takes 0.7225 s, looked at after 0.75: 147.25, and 7.5 * 0.85275 more.
		// That is 153.645625; 50 ms later 148.645625 and 0.5 * 0.851354375 fit.
		"an optimistic hypervisor stops with more": {with(func(p *Params) { p.Optimism = 5 }), Result{
			Status: migration.Completed, Downtime: seconds(1.510713022), TotalTime: seconds(9.3 + 1.510713022),
			TransferredMiB: 930 + 149.0713022, RemainingMiB: 149.0713022, Rounds: 5,
		}},
		"zeros cost nothing, and hide what is left": {with(func(p *Params) { p.MemoryMiB = 6000; p.Dirty = nil; p.TailMiB = 100; p.EndMiB = 4000 }), Result{
			// 900 MiB, then 1000 of zeros, then 100: 9 + 0.2 + 1 s until only zeros are left, 0.794 s for these down to 30; looked at 50 ms later
			Status: migration.Completed, Downtime: 20 * time.Millisecond, TotalTime: seconds(9 + 0.2 + 1 + 0.8 + 0.02),
			TransferredMiB: 1000, RemainingMiB: 0, Rounds: 3,
		}},
		"a round cap cancels": {with(func(p *Params) { p.MaxRounds = 1 }), Result{
			Status: migration.NotConverged, TotalTime: seconds(9.7), TransferredMiB: 970, RemainingMiB: 124.09, Rounds: 2,
		}},
		"a round cap forces": {with(func(p *Params) { p.MaxRounds = 1; p.Force = true }), Result{
			Status: migration.Forced, Downtime: seconds(1.2609), TotalTime: seconds(9.7 + 1.2609),
			TransferredMiB: 970 + 124.09, RemainingMiB: 124.09, Rounds: 3,
		}},
		"a timeout cuts the first pass": {with(func(p *Params) { p.Timeout = 4 * time.Second }), Result{
			Status: migration.NotConverged, TotalTime: 4 * time.Second, TransferredMiB: 400, RemainingMiB: 616, Rounds: 2,
		}},
		"hotter than the link": {with(func(p *Params) { p.Dirty = linear(1000) }), Result{
			Status: migration.NotConverged, TotalTime: seconds(30 * 9.7), TransferredMiB: 30 * 970, RemainingMiB: 1000, Rounds: 31,
		}},
		"hotter than the link, a day": {with(func(p *Params) { p.Dirty = linear(1000); p.Timeout = 24 * time.Hour }), Result{
			Status: migration.NotConverged, TotalTime: 24 * time.Hour, TransferredMiB: 8640000, RemainingMiB: 1000, Rounds: 2 + 864000/97,
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

// A guest that dirties nothing is stopped in its first pass, at the first look that
// finds the rest within the limit.
func TestIdleGuestIsStoppedInItsFirstPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _, _ := drawn(t)
		p.Dirty, p.Timeout = nil, 0
		r := mustRun(t, p)
		threshold := p.RoundRate * p.Limit.Seconds()
		look := DefaultLook.Seconds()
		if p.RoundRate < p.LineRate {
			look = cappedLook.Seconds()
		}
		least := min(p.ResidentMiB, threshold) - look*p.RoundRate
		if r.Status != migration.Completed || r.Rounds != 3 || r.RemainingMiB > threshold*(1+1e-9) || r.RemainingMiB < least-1e-6*p.ResidentMiB {
			t.Fatalf("an idle guest, threshold %g: %+v", threshold, r)
		}
	})
}

func TestMoreBandwidthNeverLengthensAnIdleGuest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slow, _, _ := drawn(t)
		slow.Dirty, slow.Timeout = nil, 0
		fast := slow
		fast.RoundRate *= rapid.Float64Range(1, 4).Draw(t, "faster")
		fast.LineRate = max(slow.LineRate, fast.RoundRate)
		a, b := mustRun(t, slow), mustRun(t, fast)
		if b.TotalTime > a.TotalTime+time.Microsecond {
			t.Fatalf("more bandwidth took longer:\n%+v\n%+v", a, b)
		}
	})
}

// Where the rest is known to shrink by half each time, it fits in the end. Between
// that and the bandwidth the looks decide: a saw-tooth.
func TestAGuestOfHalfTheBandwidthConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _, workingSet := drawn(t)
		p.Timeout = 0
		p.Dirty = uniform(p.RoundRate*rapid.Float64Range(0, 0.5).Draw(t, "share of the bandwidth"), workingSet)
		if r := mustRun(t, p); r.Status != migration.Completed {
			t.Fatalf("%+v", r)
		}
	})
}

func TestEveryRunEndsAndAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _, _ := drawn(t)
		p.AutoConverge = rapid.Bool().Draw(t, "auto-converge")
		p.Force = rapid.Bool().Draw(t, "force")
		r := mustRun(t, p)
		if r.Rounds < 2 || r.RemainingMiB > p.ResidentMiB*(1+1e-9) {
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
