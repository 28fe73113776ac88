package apiload

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// possible are options that Check finds nothing wrong with.
func possible() Options {
	return Options{Connections: 4, Rate: 100, Duration: time.Second, Timeout: time.Second, Mix: DefaultMix}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		change func(*Options)
		want   string // in the error, "" for none
	}{
		{func(*Options) {}, ""},
		{func(o *Options) { o.Rate = 0 }, ""},
		{func(o *Options) { o.Rate, o.Duration = MaxRate, 100*time.Second }, ""},
		{func(o *Options) { o.Connections = 0 }, "connections 0 must be 1 to 10000"},
		{func(o *Options) { o.Connections = MaxConnections + 1 }, "connections 10001 must be"},
		{func(o *Options) { o.Rate = -1 }, "rate -1 must be 0 to 1000000 requests/s"},
		{func(o *Options) { o.Rate = math.NaN() }, "rate NaN must be"},
		{func(o *Options) { o.Rate = 2e6 }, "rate 2e+06 must be"},
		{func(o *Options) { o.Duration = 0 }, "duration 0s must be above 0 and at most 24h0m0s"},
		{func(o *Options) { o.Duration = 25 * time.Hour }, "duration 25h0m0s must be"},
		{func(o *Options) { o.Timeout = -time.Second }, "request-timeout -1s must be above 0 and at most 10m0s"},
		{func(o *Options) { o.Timeout = time.Hour }, "request-timeout 1h0m0s must be"},
		{func(o *Options) { o.Rate, o.Duration = 1e6, time.Hour }, "rate 1e+06 for a duration of 1h0m0s are more than 100000000 requests"},
		{func(o *Options) { o.Mix = Mix{50, 50, 50} }, "valid=50,borderline=50,invalid=50 sums up to 150 percent, not 100"},
	} {
		o := possible()
		c.change(&o)
		err := o.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("Check = %v, want %q", err, c.want)
		}
	}
}

// As many requests are due as the rate says, the first at once.
func TestDueLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{
			Rate:     rapid.Float64Range(0.01, 1000).Draw(t, "rate"),
			Duration: time.Duration(rapid.Int64Range(1, int64(100*time.Second)).Draw(t, "duration")),
		}
		n := o.due(o.Duration)
		if exact := o.Rate * o.Duration.Seconds(); float64(n) < exact-1e-6 || float64(n) >= exact+1 {
			t.Fatalf("%d are due of %g", n, exact)
		}
		if later := o.due(o.Duration + time.Hour); later != n {
			t.Fatalf("%d are due after the end", later-n)
		}
		start := time.Unix(1000, 0)
		w := newSchedule(&o, start)
		if n > 0 && !w.due(n-1).Before(start.Add(o.Duration).Add(time.Microsecond)) {
			t.Fatalf("the last of %d is due at %v", n, w.due(n-1).Sub(start))
		}
	})
	for _, c := range []struct {
		rate     float64
		duration time.Duration
		want     int
	}{{20000, 5 * time.Second, 100000}, {0.1, time.Second, 1}, {3, time.Second, 3}, {0.3, 10 * time.Second, 3}, {1000, 1500 * time.Microsecond, 2}} {
		o := Options{Rate: c.rate, Duration: c.duration}
		if got := o.due(c.duration); got != c.want {
			t.Errorf("rate %g for %v: %d are due, want %d", c.rate, c.duration, got, c.want)
		}
	}
}

func TestParseMix(t *testing.T) {
	for _, c := range []struct {
		text string
		want Mix
		err  string
	}{
		{text: "valid=90,borderline=5,invalid=5", want: DefaultMix},
		{text: " invalid = 60 , valid=40", want: Mix{40, 0, 60}},
		{text: "borderline=100", want: Mix{0, 100, 0}},
		{text: "", err: `"" must be whole percentages such as valid=90,borderline=5,invalid=5, each once`},
		{text: "valid", err: "must be whole percentages"},
		{text: "valid=99.5,invalid=0.5", err: "must be whole percentages"},
		{text: "good=100", err: "must be whole percentages"},
		{text: "valid=50,valid=50", err: "each once"},
		{text: "valid=50, valid=50", err: "each once"},
		{text: "valid=90,invalid=5", err: "valid=90,borderline=0,invalid=5 sums up to 95 percent, not 100"},
		{text: "valid=150,invalid=-50", err: "valid=150 must be 0 to 100 percent"},
	} {
		got, err := ParseMix(c.text)
		switch {
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("ParseMix(%q): %v, want %q", c.text, err, c.err)
		case c.err == "" && (err != nil || got != c.want):
			t.Errorf("ParseMix(%q) = %v, %v", c.text, got, err)
		}
	}
}

func TestMixIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		valid := rapid.IntRange(0, 100).Draw(t, "valid")
		borderline := rapid.IntRange(0, 100-valid).Draw(t, "borderline")
		m := Mix{valid, borderline, 100 - valid - borderline}
		if got, err := ParseMix(m.String()); err != nil || got != m {
			t.Fatalf("ParseMix(%q) = %v, %v", m, got, err)
		}
	})
}
