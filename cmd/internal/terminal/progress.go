package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Progress draws a bar on a terminal, and nothing anywhere else.
type Progress struct {
	w      io.Writer
	now    func() time.Time
	active bool
	drawn  time.Time
}

// NewProgress returns a bar on w by the clock now.
func NewProgress(w io.Writer, now func() time.Time) *Progress {
	_, terminal := Width(w)
	return &Progress{w: w, now: now, active: terminal}
}

// BarCells is the width of a bar.
const BarCells = 30

// Bar returns a bar of which so many cells are filled.
func Bar(filled int) string {
	return strings.Repeat("█", filled) + strings.Repeat("░", BarCells-filled)
}

// Show draws how far a stage is, at most ten times a second.
func (p *Progress) Show(stage string, done, total int) {
	if now := p.now(); !p.active || done < total && now.Sub(p.drawn) < 100*time.Millisecond {
		return
	} else {
		p.drawn = now
	}
	fmt.Fprintf(p.w, "\r\x1b[K%-12s %s %d/%d trees", stage, Bar(BarCells*done/max(1, total)), done, total)
}

// Clear removes the bar.
func (p *Progress) Clear() {
	if p.active {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
