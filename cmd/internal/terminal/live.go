package terminal

import (
	"fmt"
	"io"
	"time"
)

// Live is output that keeps some lines at its end up to date: on a terminal they are drawn anew in place, below the
// lines that stay. Anywhere else there are only the lines that stay.
type Live struct {
	w        io.Writer
	now      func() time.Time
	terminal bool
	shown    int       // lines at the end that are drawn anew
	drawn    time.Time // of the last time
	err      error     // the first of writing
}

// redrawEvery is how often the lines at the end are drawn at most.
const redrawEvery = 200 * time.Millisecond

// NewLive returns output to w, which is a terminal or is not, by the clock now.
func NewLive(w io.Writer, now func() time.Time, terminal bool) *Live {
	return &Live{w: w, now: now, terminal: terminal}
}

// Keep writes lines that stay, each ending with a newline, above those that are
// drawn anew. The next Show brings the latter back.
func (l *Live) Keep(lines string) {
	l.write(l.erasure() + lines)
	l.drawn = time.Time{}
}

// Show draws the lines at the end, cut to the width of the terminal, unless it did so just before.
func (l *Live) Show(lines ...string) {
	now := l.now()
	if !l.terminal || now.Sub(l.drawn) < redrawEvery {
		return
	}
	columns, _ := Width(l.w)
	text := l.erasure()
	for _, line := range lines {
		text += Cut(line, columns-1) + "\n"
	}
	l.write(text)
	l.shown, l.drawn = len(lines), now
}

// End removes the lines at the end. It returns the first error of writing.
func (l *Live) End() error {
	l.write(l.erasure())
	return l.err
}

// Err returns the first error of writing.
func (l *Live) Err() error { return l.err }

// Terminal reports whether lines are drawn anew.
func (l *Live) Terminal() bool { return l.terminal }

// erasure removes the lines at the end when it is written.
func (l *Live) erasure() string {
	if l.shown == 0 {
		return ""
	}
	up := fmt.Sprintf("\x1b[%dA\r\x1b[J", l.shown)
	l.shown = 0
	return up
}

func (l *Live) write(text string) {
	if text == "" || l.err != nil {
		return
	}
	_, l.err = io.WriteString(l.w, text)
}
