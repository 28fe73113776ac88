package stress

import (
	"math"
	"testing"
	"time"
)

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

func TestDueAlongARamp(t *testing.T) {
	p := pace{rate: 100, ramp: 10 * time.Second}
	for _, c := range []struct {
		elapsed time.Duration
		want    float64
	}{
		{0, 0},
		{time.Second, 5},         // a tenth of the rate at its end, half of that in the mean
		{5 * time.Second, 125},   // half of the rate at its end
		{10 * time.Second, 500},  // half of ten seconds' work
		{20 * time.Second, 1500}, // and then all of it
	} {
		if got := p.due(c.elapsed); !near(got, c.want, 1e-9) {
			t.Errorf("after %v: due %g, want %g", c.elapsed, got, c.want)
		}
	}
	if got := (pace{rate: 100}).due(2 * time.Second); got != 200 {
		t.Errorf("without a ramp: due %g", got)
	}
}

// obey lets a made-up worker do what it is owed, at a capacity of so much a second,
// every tick of a made-up clock, and answers what it did.
func obey(d *debt, from, to, tick time.Duration, capacity float64) float64 {
	before := d.done
	for at := from; at < to; at += tick {
		d.done += min(d.owed(at), capacity*tick.Seconds())
	}
	return d.done - before
}

func TestDebtHoldsItsPace(t *testing.T) {
	d := &debt{pace: pace{rate: 1000}}
	const tick = 10 * time.Millisecond
	if got := obey(d, 0, 10*time.Second, tick, 1e9); !near(got, 10_000, 10) {
		t.Errorf("did %g in ten seconds, want 10000", got)
	}
}

// A short delay is made up for; a long one is not, but for the slack.
func TestDebtForgives(t *testing.T) {
	const tick = 10 * time.Millisecond
	for _, c := range []struct {
		pause time.Duration
		extra float64 // done in the second after it, beyond the rate
	}{{50 * time.Millisecond, 50}, {10 * time.Second, 100}} {
		d := &debt{pace: pace{rate: 1000}}
		obey(d, 0, time.Second, tick, 1e9)
		from := time.Second + c.pause
		if got := obey(d, from, from+time.Second, tick, 1e9); !near(got, 1000+c.extra, 11) {
			t.Errorf("after %v: did %g, want %g more than 1000", c.pause, got, c.extra)
		}
	}
}

// Who cannot hold the pace runs up no debt that a faster time would have to pay.
func TestDebtOfTheTooSlow(t *testing.T) {
	const tick = 10 * time.Millisecond
	d := &debt{pace: pace{rate: 1000}}
	if got := obey(d, 0, 10*time.Second, tick, 400); !near(got, 4000, 11) {
		t.Errorf("did %g, want what it can", got)
	}
	if got := obey(d, 10*time.Second, 20*time.Second, tick, 1e9); !near(got, 10_000+1000*slack.Seconds(), 11) {
		t.Errorf("did %g when it could, want the rate and the slack", got)
	}
}

func TestDebtOnARamp(t *testing.T) {
	d := &debt{pace: pace{rate: 1000, ramp: 4 * time.Second}}
	last := 0.0
	for second := range time.Duration(4) {
		got := obey(d, second*time.Second, (second+1)*time.Second, 10*time.Millisecond, 1e9)
		if want := 250 * (float64(second) + 0.5); !near(got, want, 15) {
			t.Errorf("second %d: did %g, want %g", second, got, want)
		}
		if got <= last {
			t.Errorf("second %d: did %g, not more than before", second, got)
		}
		last = got
	}
}

// Doing more than is due means to owe nothing until it is.
func TestDebtOfTheTooEager(t *testing.T) {
	d := &debt{pace: pace{rate: 10}}
	d.done = 15
	if got := d.owed(time.Second); got != 0 {
		t.Errorf("owes %g", got)
	}
	if got := d.owed(2 * time.Second); !near(got, 1, 1e-9) { // of the 5 that are due, the slack
		t.Errorf("owes %g, want the slack", got)
	}
}

func TestBetweenCheckpoints(t *testing.T) {
	p := pace{rate: 10}
	got := p.between(checkpoint{true, time.Second, 5, 50}, checkpoint{true, 3 * time.Second, 25, 250})
	if want := (progress{10, 10, 100}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	for _, unknown := range []progress{
		p.between(checkpoint{}, checkpoint{}),
		p.between(checkpoint{true, time.Second, 1, 1}, checkpoint{true, time.Second, 1, 1}),
	} {
		if !math.IsNaN(unknown.target) || !math.IsNaN(unknown.effort) || !math.IsNaN(unknown.work) {
			t.Errorf("%v, want unknown", unknown)
		}
	}
}
