package precopy

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// laidOut is any migration of a guest whose zeros lie anywhere, its parameters complete. No time of it is a whole
// number of windows, where rounding would decide.
func laidOut(t *rapid.T) *Params {
	share := func(name string) float64 { return rapid.Float64Range(0, 1).Draw(t, name) }
	rate := rapid.Float64Range(1, 1e4).Draw(t, "rate")
	p := Params{RoundRate: rate, LineRate: rate, ZeroRate: rate * rapid.Float64Range(1, 200).Draw(t, "zeros over rate")}
	if share("capped") < 0.3 {
		p.LineRate *= 2
	}
	p.Wire = rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "wire")
	p.Resend = rapid.SampledFrom([]float64{0, 0.4, 1}).Draw(t, "resend")
	p.ResidentMiB = rate * rapid.Float64Range(0.01, 30).Draw(t, "seconds of pages") * math.Pi / 3
	p.TailMiB, p.LastMiB = p.ResidentMiB*share("tail")/2, p.ResidentMiB*share("last")/2
	zeros := p.ZeroRate * rapid.Float64Range(0, 10).Draw(t, "seconds of zeros") * math.E / 3
	p.MemoryMiB, p.EndMiB = p.ResidentMiB+zeros, zeros*share("end")
	p.Limit = time.Duration(rapid.IntRange(1, 5000).Draw(t, "limit ms")) * time.Millisecond
	if err := p.complete(); err != nil {
		t.Fatal(err)
	}
	return &p
}

// Windows are skipped for speed alone.
func TestSkippedWindowsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := laidOut(t)
		timeout := rapid.SampledFrom([]float64{math.Inf(1), math.Sqrt2, 17.3205}).Draw(t, "timeout")
		fast, slow := newState(p), newState(p)
		for pass := range 4 { // the later ones begin in the middle of a window
			p.send(&fast, timeout)
			for slow.advance(p, min(p.Look.Seconds(), timeout-slow.elapsed)); !slow.due(timeout); {
				slow.advance(p, min(p.Look.Seconds(), timeout-slow.elapsed))
			}
			_, _, fastZeros := fast.parts()
			_, _, slowZeros := slow.parts()
			for name, values := range map[string][2]float64{
				"elapsed": {fast.elapsed, slow.elapsed}, "sent": {fast.sent, slow.sent}, "left": {fast.left(), slow.left()},
				"zeros": {fastZeros, slowZeros}, "threshold": {fast.threshold, slow.threshold}, "window": {fast.open, slow.open},
			} {
				if a, b := values[0], values[1]; math.Abs(a-b) > 1e-7*(p.MemoryMiB+1) {
					t.Fatalf("pass %d: %s is %g with windows skipped, %g without", pass, name, a, b)
				}
			}
			dirtied := p.ResidentMiB / float64(2+pass)
			fast.enqueue(dirtied)
			slow.enqueue(dirtied)
		}
	})
}

// However long a pass takes, and however little of what it goes through can be left, it takes few steps.
func TestAPassTakesFewSteps(t *testing.T) {
	const most = 60
	for name, p := range map[string]Params{
		"a long limit":           {ResidentMiB: 1 << 20, RoundRate: 10, Limit: 2_000_000 * time.Millisecond},
		"a limit beyond all RAM": {ResidentMiB: 1 << 20, RoundRate: 1e5, Limit: 2_000_000 * time.Millisecond},
		"a short one":            {ResidentMiB: 1 << 20, RoundRate: 10, Limit: time.Millisecond},
		"1 TiB of zeros inside":  {ResidentMiB: 1000, TailMiB: 500, MemoryMiB: 1 << 20, RoundRate: 100},
		"1 TiB of zeros last":    {ResidentMiB: 1000, EndMiB: 1 << 20, MemoryMiB: 1<<20 + 1000, RoundRate: 1000, Limit: 2_000_000 * time.Millisecond},
		"1 TiB of slow zeros":    {ResidentMiB: 1000, EndMiB: 1 << 20, MemoryMiB: 1<<20 + 1000, RoundRate: 1000, ZeroRate: 10, Limit: time.Hour},
		"capped":                 {ResidentMiB: 1 << 20, RoundRate: 1, LineRate: 1e5},
		"nothing":                {RoundRate: 100},
	} {
		if err := p.complete(); err != nil {
			t.Fatal(name, err)
		}
		s, steps, look := newState(&p), 0, p.Look.Seconds()
		for steps == 0 || !s.due(math.Inf(1)) {
			if steps++; steps > most {
				t.Fatalf("%s: after %d steps %g MiB are left, %g fit", name, steps, s.left(), s.threshold)
			}
			if !p.skip(&s, look, math.Inf(1)) {
				s.advance(&p, look)
			}
		}
	}
}

// Rounds are few, too, where none of them comes nearer to the limit: then they are known to go on like that.
func TestARunTakesFewRounds(t *testing.T) {
	for name, p := range map[string]Params{
		"hot for a year":       {ResidentMiB: 1000, RoundRate: 100, Dirty: uniform(1000, 900), Timeout: 365 * 24 * time.Hour},
		"hot and throttled":    {ResidentMiB: 1000, RoundRate: 100, Dirty: uniform(1e9, 900), Timeout: 1000 * time.Hour, AutoConverge: true, Limit: time.Millisecond},
		"hot, 1 ms":            {ResidentMiB: 1000, RoundRate: 1e5, Dirty: uniform(1e9, 900), Timeout: time.Hour, Limit: time.Millisecond},
		"a wide, fast line":    {ResidentMiB: 1 << 26, RoundRate: 1e5, Dirty: uniform(1e4, 1<<25), Timeout: time.Hour},
		"a set of a few pages": {ResidentMiB: 1000, RoundRate: 100, Dirty: uniform(1000, 0.01), Timeout: time.Hour, Limit: 50 * time.Microsecond},
	} {
		if err := p.complete(); err != nil {
			t.Fatal(name, err)
		}
		rounds := 0
		p.run(func(Round) { rounds++ })
		if rounds > 300 {
			t.Errorf("%s: %d rounds were walked through", name, rounds)
		}
	}
}
