package cmd

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress draws a bar on a terminal's stderr, and nothing anywhere else.
type progress struct {
	w      io.Writer
	now    func() time.Time
	active bool
	drawn  time.Time
}

func newProgress(e *env) *progress {
	_, terminal := width(e.stderr)
	return &progress{w: e.stderr, now: e.now, active: terminal}
}

const barCells = 30

// show draws how far a stage is, at most ten times a second.
func (p *progress) show(stage string, done, total int) {
	if now := p.now(); !p.active || done < total && now.Sub(p.drawn) < 100*time.Millisecond {
		return
	} else {
		p.drawn = now
	}
	filled := barCells * done / max(1, total)
	fmt.Fprintf(p.w, "\r\x1b[K%-12s %s%s %d/%d trees", stage,
		strings.Repeat("█", filled), strings.Repeat("░", barCells-filled), done, total)
}

// clear removes the bar.
func (p *progress) clear() {
	if p.active {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
