package cmd

import (
	"math"
	"strings"
	"testing"
	"time"
)

// screenOf is a live on a made-up terminal, which writes to b.
func screenOf(b *strings.Builder, clock *time.Time) *live {
	return &live{w: b, now: func() time.Time { return *clock }, terminal: true}
}

func TestLiveDrawsInPlace(t *testing.T) {
	var b strings.Builder
	clock := time.Unix(1000, 0)
	l := screenOf(&b, &clock)
	l.show("one", "two")
	l.show("not yet")
	clock = clock.Add(redrawEvery)
	l.show("three")
	l.keep("stays\n")
	l.show("four") // at once: keep has erased it
	if err := l.end(); err != nil {
		t.Fatal(err)
	}
	want := "one\ntwo\n" + "\x1b[2A\r\x1b[Jthree\n" + "\x1b[1A\r\x1b[Jstays\n" + "four\n" + "\x1b[1A\r\x1b[J"
	if b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}

func TestLiveElsewhereKeepsOnly(t *testing.T) {
	c := newConsole()
	l := newLive(&c.env)
	l.show("now and then")
	l.keep("stays\n")
	l.show("again")
	if err := l.end(); err != nil || c.out.String() != "stays\n" {
		t.Errorf("wrote %q, error %v", c.out.String(), err)
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"short", "short"},
		{"exactly so", "exactly so"},
		{"longer than ten", "longer tha\x1b[0m"},
		{"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"},
		{"\x1b[31mred and longer\x1b[0m", "\x1b[31mred and lo\x1b[0m"},
		{"▁▂▃▄▅▆▇█▁▂▃", "▁▂▃▄▅▆▇█▁▂\x1b[0m"},
	} {
		if got := cut(c.line, 10); got != c.want {
			t.Errorf("cut(%q) = %q, want %q", c.line, got, c.want)
		}
	}
}

func TestSparkline(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{nil, "     "},
		{[]float64{3}, "▁    "},
		{[]float64{0, 7, 3.5}, "▁█▅  "},
		{[]float64{1, nan, 2}, "▁ █  "},
		{[]float64{9, 9, 0, 1, 2, 3, 4}, "▁▃▅▇█"},
		{[]float64{nan, nan}, "     "},
	} {
		if got := sparkline(c.values, 5); got != c.want {
			t.Errorf("sparkline(%v) = %q, want %q", c.values, got, c.want)
		}
	}
}
