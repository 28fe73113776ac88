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

// Every 51 ms the hypervisor looks whether the rest fits; every second look, after 102 ms, it takes a new estimate of
// its bandwidth, and so of what fits, which before the first of them is nothing. Where the rounds are capped both
// happen every 100 ms.
func TestRunByHand(t *testing.T) {
	// What fits is 100 MiB/s * 0.3 s = 30 MiB. 970 of 1000 MiB are sent after 9.7 s, which is found by look 191,
	// after 9.741 s: 974.1 MiB are sent and 25.9 left. In that time 97.41 were dirtied. Any of them may be among the
	// 25.9, 2.59 % of all, that were still to be sent: 97.41 * 0.9741 = 94.887081 come to these, and make 120.787081.
	// Down to 30 of that takes 18 looks, 0.918 s, in which 9.18 are dirtied, all of them pages that were not before,
	// since the guest writes one after another: 120.787081 - 91.8 + 9.18 = 38.167081. Two more looks send 10.2 and
	// bring 1.02.
	linear := func(rate float64) func(float64) float64 { return func(t float64) float64 { return rate * t } }
	base := Params{ResidentMiB: 1000, RoundRate: 100, Dirty: linear(10), Overhead: 20 * time.Millisecond}
	with := func(change func(*Params)) Params { p := base; change(&p); return p }
	const left = 38.167081 - 10.2 + 1.02
	tests := map[string]struct {
		p    Params
		want Result
	}{
		"three rounds": {base, Result{
			Status: migration.Completed, Downtime: seconds(left/100 + 0.02), TotalTime: seconds(10.761 + left/100 + 0.02),
			TransferredMiB: 1076.1 + left, RemainingMiB: left, Rounds: 5,
		}},
		"a faster line shortens only the pause": {
			with(func(p *Params) { p.LineRate = 1000; p.Look = DefaultLook }), Result{
				Status: migration.Completed, Downtime: seconds(left/1000 + 0.02), TotalTime: seconds(10.761 + left/1000 + 0.02),
				TransferredMiB: 1076.1 + left, RemainingMiB: left, Rounds: 5,
			}},
		// Of 1005 MiB 980 are sent after look 98, 9.8 s; 98 are dirtied, of which 98 * 25 / 1005 were still to be
		// sent. That makes 120.562189, of which 10 looks send 100 while 10 are dirtied, and another sends 10 while
		// one is.
		"a cap on the rounds halves the looks": {
			with(func(p *Params) { p.LineRate = 1000; p.ResidentMiB = 1005 }), Result{
				Status: migration.Completed, Downtime: seconds(0.021562189055 + 0.02), TotalTime: seconds(10.9 + 0.041562189055),
				TransferredMiB: 1090 + 21.562189055, RemainingMiB: 25 + 98*(1-25./1005) - 110 + 11, Rounds: 5,
			}},
		// 150 MiB fit: look 167, after 8.517 s, finds 148.3, and 85.17 * 0.8517 = 72.539289 come to them. Of these
		// 220.839289 14 looks send 71.4 while 7.14 are dirtied, and of the 156.579289 then two send 10.2 while 1.02
		// are.
		"an optimistic hypervisor stops with more": {with(func(p *Params) { p.Optimism = 5 }), Result{
			Status: migration.Completed, Downtime: seconds(1.47399289 + 0.02), TotalTime: seconds(9.333 + 1.49399289),
			TransferredMiB: 933.3 + 147.399289, RemainingMiB: 147.399289, Rounds: 5,
		}},
		// 900 MiB, 1000 of zeros, 100, and 4100 of zeros at 25,000 MiB/s: 9 + 0.04 + 1 + 0.164 s. The looks before
		// the last find more than 30 MiB of zeros, and that ends when all is gone through.
		"zeros cost little, and hide what is left": {
			with(func(p *Params) { p.MemoryMiB, p.Dirty, p.TailMiB, p.EndMiB = 6100, nil, 100, 4100 }), Result{
				Status: migration.Completed, Downtime: 20 * time.Millisecond, TotalTime: seconds(10.204 + 0.02),
				TransferredMiB: 1000, RemainingMiB: 0, Rounds: 3,
			}},
		// The same with zeros that end 196 ms later, and 20 MiB behind them: the 201st look, after 10.251 s, finds
		// 15.7. Before it, in 102 ms of zeros, the link was seen to carry nine bytes for each, 5.49 MiB: 16.48 MiB
		// fit.
		"after zeros less fits": {
			with(func(p *Params) { p.MemoryMiB, p.Dirty, p.TailMiB = 11_200, nil, 20 }), Result{
				Status: migration.Completed, Downtime: seconds(0.157 + 0.02), TotalTime: seconds(10.251 + 0.157 + 0.02),
				TransferredMiB: 1000, RemainingMiB: 15.7, Rounds: 3,
			}},
		// With 5 MiB more it finds 20.7, which do not fit; the next finds 15.6, and 28.9 fit: of 9.4 MiB and 200 of
		// zeros.
		"until the next estimate": {
			with(func(p *Params) { p.ResidentMiB, p.MemoryMiB, p.Dirty, p.TailMiB = 1005, 11_205, nil, 25 }), Result{
				Status: migration.Completed, Downtime: seconds(0.156 + 0.02), TotalTime: seconds(10.302 + 0.156 + 0.02),
				TransferredMiB: 1005, RemainingMiB: 15.6, Rounds: 3,
			}},
		// At the end lie 20 MiB of zeros and 5 of pages. Look 195, after 9.945 s, finds these and 0.5 MiB before
		// them; the pause passes over the zeros in 0.8 ms.
		"zeros that are left cost the pause little": {
			with(func(p *Params) { p.MemoryMiB, p.Dirty, p.EndMiB, p.LastMiB = 1020, nil, 20, 5 }), Result{
				Status: migration.Completed, Downtime: seconds(0.055 + 0.0008 + 0.02), TotalTime: seconds(9.945 + 0.0758),
				TransferredMiB: 1000, RemainingMiB: 5.5, Rounds: 3,
			}},
		// After 102 ms 1.8 MiB of 12 are left, and 1.02 * 0.85 come to them.
		"nothing fits before the first estimate": {with(func(p *Params) { p.ResidentMiB = 12 }), Result{
			Status: migration.Completed, Downtime: seconds(0.02667 + 0.02), TotalTime: seconds(0.102 + 0.04667),
			TransferredMiB: 10.2 + 2.667, RemainingMiB: 2.667, Rounds: 3,
		}},
		"what is all sent before it is not looked at again": {with(func(p *Params) { p.ResidentMiB = 5 }), Result{
			Status: migration.Completed, Downtime: seconds(0.005 + 0.02), TotalTime: seconds(0.05 + 0.025),
			TransferredMiB: 5.5, RemainingMiB: 0.5, Rounds: 2,
		}},
		"a round cap cancels": {with(func(p *Params) { p.MaxRounds = 1 }), Result{
			Status: migration.NotConverged, TotalTime: seconds(9.741), TransferredMiB: 974.1, RemainingMiB: 120.787081, Rounds: 2,
		}},
		"a round cap forces": {with(func(p *Params) { p.MaxRounds = 1; p.Force = true }), Result{
			Status: migration.Forced, Downtime: seconds(1.22787081), TotalTime: seconds(9.741 + 1.22787081),
			TransferredMiB: 974.1 + 120.787081, RemainingMiB: 120.787081, Rounds: 3,
		}},
		"a timeout cuts the first pass": {with(func(p *Params) { p.Timeout = 4 * time.Second }), Result{
			Status: migration.NotConverged, TotalTime: 4 * time.Second, TransferredMiB: 400, RemainingMiB: 616, Rounds: 2,
		}},
		// Every round of 9.741 s sends 974.1, and all is dirty after it.
		"hotter than the link": {with(func(p *Params) { p.Dirty = linear(1000) }), Result{
			Status: migration.NotConverged, TotalTime: seconds(30 * 9.741), TransferredMiB: 30 * 974.1, RemainingMiB: 1000, Rounds: 31,
		}},
		"hotter than the link, a day": {with(func(p *Params) { p.Dirty = linear(1000); p.Timeout = 24 * time.Hour }), Result{
			Status: migration.NotConverged, TotalTime: 24 * time.Hour, TransferredMiB: 8_640_000, RemainingMiB: 1000,
			Rounds: 2 + 86_400_000/9741,
		}},
		// Twice as busy in the first 5 s it dirties in 9.741 s what it else does in 14.741.
		"a guest that calms down": {
			with(func(p *Params) {
				p.MaxRounds, p.Activity = 1, func(from, to float64) float64 { return 1 + 5/(to-from) }
			}), Result{
				Status: migration.NotConverged, TotalTime: seconds(9.741), TransferredMiB: 974.1,
				RemainingMiB: 25.9 + 147.41*0.9741, Rounds: 2,
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

// A guest that dirties nothing is stopped in its first pass, at the first look after the first window that finds the
// rest within the limit; where all is sent before, at the end.
func TestIdleGuestIsStoppedInItsFirstPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _, _ := drawn(t)
		p.Dirty, p.Timeout = nil, 0
		r := mustRun(t, p)
		look, window := DefaultLook.Seconds(), 2*DefaultLook.Seconds()
		if p.RoundRate < p.LineRate {
			look, window = cappedLook.Seconds(), cappedLook.Seconds()
		}
		threshold, rounding := p.RoundRate*p.Limit.Seconds(), 1e-6*p.ResidentMiB
		least := min(p.ResidentMiB-window*p.RoundRate, threshold-look*p.RoundRate)
		if r.Status != migration.Completed || r.RemainingMiB > threshold+rounding || r.RemainingMiB < least-rounding {
			t.Fatalf("an idle guest, threshold %g: %+v", threshold, r)
		}
		if unestimated := p.ResidentMiB < window*p.RoundRate-rounding; r.Rounds != 3 && (r.Rounds != 2 || !unestimated) {
			t.Fatalf("%d syncs: %+v", r.Rounds, r)
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

// Where the rest is known to shrink by half each time, it fits in the end. Between that and the bandwidth the looks
// decide: a saw-tooth.
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

// Up to which share of the bandwidth a guest may dirty in a second, with the limit of 300 ms, depends on what it
// rewrites: of what a hot set dirties within a round most was dirty before, so that its rounds hardly shrink.
func TestWhatIsRewrittenDecidesConvergence(t *testing.T) {
	hot := func(mib float64) func(float64) float64 { return uniform(mib/0.04, mib) } // rewritten every 40 ms
	for _, test := range []struct {
		name  string
		dirty func(rate float64) func(seconds float64) float64
		goes  float64
		fails float64
	}{
		{"one page after another", func(rate float64) func(float64) float64 {
			return func(t float64) float64 { return min(rate*t, 1500) }
		}, 0.9, 1.05},
		{"uniform over a large set", func(rate float64) func(float64) float64 { return uniform(rate, 1500) }, 0.8, 1},
		{"real workloads' median, half of it hot", func(rate float64) func(float64) float64 {
			hot, cold := hot(0.55*rate), uniform(0.45*rate, 6*rate)
			return func(t float64) float64 { return hot(t) + cold(t) }
		}, 0.45, 0.6},
		{"all of it hot, which no round shrinks", hot, 0.3, 0.45},
	} {
		for resident := 1000.0; resident < 3000; resident += 170 {
			for share, want := range map[float64]migration.Status{test.goes: migration.Completed, test.fails: migration.NotConverged} {
				p := Params{ResidentMiB: resident, MemoryMiB: 4096, RoundRate: 111, Dirty: test.dirty(share * 111), MaxRounds: 100}
				if r := mustRun(t, p); r.Status != want {
					t.Errorf("%s, dirtying %.2f of the bandwidth, of %g MiB: %s, want %s", test.name, share, resident, r.Status, want)
				}
			}
		}
	}
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
		looked := r.Rounds > 2 // before the guest was stopped
		if r.Status == migration.Completed && looked && r.RemainingMiB > p.RoundRate*p.Limit.Seconds()*(1+1e-9) {
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

// Of 20 MiB that were found to be dirty after a long round 5 are still to be sent when in the next 10 are dirtied.
func TestOnlyWhatWasSentIsDirtiedAgain(t *testing.T) {
	cyclic := func(t float64) float64 { return min(10*t, 20) }
	for _, test := range []struct {
		name  string
		dirty func(float64) float64
		syncs int
		want  float64
	}{
		// all 10 are among the 20, D(1) + D(4) - D(5) = 10, and so a quarter of them among the 5
		{"the same 20 MiB again and again", cyclic, 2, 5 + 7.5},
		// none is among what was dirtied before, D(1) + D(4) - D(5) = 0
		{"one page after another", func(t float64) float64 { return 10 * t }, 2, 5 + 10},
		// before the first sync all RAM is to be sent, and a quarter is still
		{"in the first pass", func(t float64) float64 { return 10 * t }, 1, 5 + 7.5},
		// more than the rest of RAM cannot become dirty
		{"hardly any other memory", func(t float64) float64 { return 1000 * t }, 2, 24},
	} {
		p := Params{MemoryMiB: 24, RoundRate: 15, Dirty: test.dirty}
		s := state{syncs: test.syncs, list: 20, collected: 4}
		s.enqueue(5)
		s.sync(&p, 1, 15)
		if got := s.left(); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s: %g MiB are left, want %g", test.name, got, test.want)
		}
		if want := 1 + 4*0.25; s.collected != want { // those a quarter of which is still to be sent were collected in 4 s
			t.Errorf("%s: what is left was collected in %g s, want %g", test.name, s.collected, want)
		}
	}
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
		"negative tail":      func(p *Params) { p.TailMiB = -1 },
		"negative end":       func(p *Params) { p.EndMiB = -1 },
		"negative last":      func(p *Params) { p.LastMiB = -1 },
		"negative state":     func(p *Params) { p.StateMiB = -1 },
		"negative wire":      func(p *Params) { p.Wire = -1 },
		"infinite resend":    func(p *Params) { p.Resend = math.Inf(1) },
		"negative zero rate": func(p *Params) { p.ZeroRate = -1 },
		"negative look":      func(p *Params) { p.Look = -1 },
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
