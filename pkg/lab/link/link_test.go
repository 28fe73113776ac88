package link

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestLinkValidate(t *testing.T) {
	tests := map[string]struct {
		link Link
		want string // part of the error, "" for none
	}{
		"unshaped":          {Link{}, ""},
		"shaped":            {Link{Mbps: 100, Latency: time.Millisecond, Jitter: time.Second}, ""},
		"negative rate":     {Link{Mbps: -1}, "rate -1 Mbps"},
		"no number":         {Link{Mbps: math.NaN()}, "rate NaN Mbps"},
		"infinite":          {Link{Mbps: math.Inf(1)}, "rate +Inf Mbps"},
		"negative latency":  {Link{Latency: -1}, "latency -1ns"},
		"negative jitter":   {Link{Jitter: -1}, "jitter -1ns"},
		"too much held":     {Link{Mbps: 1e5, Latency: time.Second}, "lower one of them"},
		"long but unshaped": {Link{Latency: time.Minute}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.link.validate()
			if test.want == "" && err != nil {
				t.Fatalf("refused: %v", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestLinkSizes(t *testing.T) {
	for _, mbps := range []float64{0.1, 1, 10, 100, 1000, 4000, 40000} {
		l := Link{Mbps: mbps}
		if want := mbps * 125000 * 0.941; math.Abs(l.rate()-want) > want/1000 {
			t.Errorf("%v Mbps: payload of %v bytes/s, want %v", mbps, l.rate(), want)
		}
		if c := l.chunk(); c < minChunk || c > maxChunk || float64(c) > l.burst() {
			t.Errorf("%v Mbps: a chunk of %d bytes with a burst of %v", mbps, c, l.burst())
		}
		if l.burst() < minBurst || l.burst() < l.rate()*0.002 {
			t.Errorf("%v Mbps: a burst of %v bytes", mbps, l.burst())
		}
	}
}

func TestLinkHoldsWhatItsDelayTakes(t *testing.T) {
	short := Link{Mbps: 800, Latency: time.Millisecond}
	long := Link{Mbps: 800, Latency: 11 * time.Millisecond, Jitter: 10 * time.Millisecond}
	if got, want := long.capacity()-short.capacity(), 0.020*short.rate(); math.Abs(got-want) > 1 {
		t.Errorf("20 ms more of delay hold %v bytes more, want %v", got, want)
	}
}

func TestTrafficMbps(t *testing.T) {
	start := time.Now()
	if got := (Traffic{Bytes: 1e6, First: start, Last: start.Add(2 * time.Second)}).Mbps(); got != 4 {
		t.Errorf("1 MB in 2 s: %v Mbps, want 4", got)
	}
	if got := (Traffic{Bytes: 5, First: start, Last: start}).Mbps(); got != 0 {
		t.Errorf("no time: %v Mbps, want 0", got)
	}
}
