package precopy

import (
	"math"
	"testing"
	"time"
)

// A run of zeros, nine bytes of which stand for a page, lowers what fits until a window without them is over.
func TestWhatFitsFollowsTheLastWindow(t *testing.T) {
	p := Params{RoundRate: 100, ZeroRate: 25_000, Limit: 300 * time.Millisecond, Optimism: 1, Wire: 1, Resend: 1}
	const slice, pages, ofZeros = 0.051, 100 * 0.3, 25_000 * 9. / 4096 * 0.3 // 30 and 16.5 MiB
	var s state
	for i, step := range []struct {
		zeros bool
		want  float64
	}{
		{false, 0}, {false, pages}, {false, pages}, {true, (pages + ofZeros) / 2}, {true, (pages + ofZeros) / 2},
		{true, ofZeros}, {false, ofZeros}, {false, pages},
	} {
		s.ram = ram{ahead: [6]segment{{mib: 1e5, zeros: step.zeros}}}
		s.advance(&p, slice)
		if math.Abs(s.threshold-step.want) > 1e-9 {
			t.Errorf("after slice %d %g MiB fit, want %g", i+1, s.threshold, step.want)
		}
	}
}

// A window is over with the first slice that ends after its 100 ms: one that ended early, with a pass, makes it
// longer.
func TestAWindowEndsWithASlice(t *testing.T) {
	p := Params{RoundRate: 100, Limit: time.Second, Optimism: 1}
	var w window
	for i, step := range []struct{ seconds, want float64 }{{0.03, 0}, {0.051, 0}, {0.051, 100}, {0.099, 100}, {0.1, 100}} {
		w.add(&p, step.seconds, step.seconds*100)
		if math.Abs(w.threshold-step.want) > 1e-9 {
			t.Errorf("after slice %d %g MiB fit, want %g", i+1, w.threshold, step.want)
		}
	}
	if w.open != 0 {
		t.Errorf("%g s of a window are open after the last was closed", w.open)
	}
}
