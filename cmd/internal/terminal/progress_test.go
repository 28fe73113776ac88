package terminal

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"vmmp/cmd/internal/terminal/terminaltest"
)

func TestProgress(t *testing.T) {
	var w bytes.Buffer
	now := time.Unix(1_800_000_000, 0)
	p := &Progress{w: &w, now: func() time.Time { return now }, active: true}
	for _, step := range []struct {
		after       time.Duration
		stage       string
		done, total int
		want        string
	}{
		{0, "downtime", 0, 100, "downtime     " + strings.Repeat("░", 30) + " 0/100 trees"},
		{50 * time.Millisecond, "downtime", 10, 100, "downtime     " + strings.Repeat("░", 30) + " 0/100 trees"}, // too soon
		{50 * time.Millisecond, "downtime", 50, 100, "downtime     " + strings.Repeat("█", 15) + strings.Repeat("░", 15) + " 50/100 trees"},
		{time.Millisecond, "downtime", 100, 100, "downtime     " + strings.Repeat("█", 30) + " 100/100 trees"}, // the end is always shown
		{100 * time.Millisecond, "total time", 1, 3, "total time   " + strings.Repeat("█", 10) + strings.Repeat("░", 20) + " 1/3 trees"},
		{100 * time.Millisecond, "nothing", 0, 0, "nothing      " + strings.Repeat("░", 30) + " 0/0 trees"},
	} {
		now = now.Add(step.after)
		p.Show(step.stage, step.done, step.total)
		if got := terminaltest.LastLine(w.String()); got != step.want {
			t.Errorf("after %d of %d trees of %s: %q, want %q", step.done, step.total, step.stage, got, step.want)
		}
	}
	p.Clear()
	if got := terminaltest.LastLine(w.String()); got != "" {
		t.Errorf("left over: %q", got)
	}
	if strings.Contains(w.String(), "\n") {
		t.Error("the bar takes more than one line")
	}
}

func TestNoProgressOffATerminal(t *testing.T) {
	var w bytes.Buffer
	p := NewProgress(&w, time.Now)
	p.Show("downtime", 1, 1)
	p.Clear()
	if w.Len() > 0 {
		t.Errorf("drew %q", w.String())
	}
}
