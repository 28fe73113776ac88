package cmd

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// live is output that keeps some lines at its end up to date: on a terminal they
// are drawn anew in place, below the lines that stay. Anywhere else there are only
// the lines that stay.
type live struct {
	w        io.Writer
	now      func() time.Time
	terminal bool
	shown    int       // lines at the end that are drawn anew
	drawn    time.Time // of the last time
	err      error     // the first of writing
}

// redrawEvery is how often the lines at the end are drawn at most.
const redrawEvery = 200 * time.Millisecond

func newLive(e *env) *live {
	_, terminal := width(e.stdout)
	return &live{w: e.stdout, now: e.now, terminal: terminal}
}

// keep writes lines that stay, each ending with a newline, above those that are
// drawn anew. The next show brings the latter back.
func (l *live) keep(lines string) {
	l.write(l.erasure() + lines)
	l.drawn = time.Time{}
}

// show draws the lines at the end, cut to the width of the terminal, unless it did
// so just before.
func (l *live) show(lines ...string) {
	now := l.now()
	if !l.terminal || now.Sub(l.drawn) < redrawEvery {
		return
	}
	columns, _ := width(l.w)
	text := l.erasure()
	for _, line := range lines {
		text += cut(line, columns-1) + "\n"
	}
	l.write(text)
	l.shown, l.drawn = len(lines), now
}

// end removes the lines at the end, and answers the first error of writing.
func (l *live) end() error {
	l.write(l.erasure())
	return wrapWrite(l.err)
}

// erasure removes the lines at the end when it is written.
func (l *live) erasure() string {
	if l.shown == 0 {
		return ""
	}
	up := fmt.Sprintf("\x1b[%dA\r\x1b[J", l.shown)
	l.shown = 0
	return up
}

func (l *live) write(text string) {
	if text == "" || l.err != nil {
		return
	}
	_, l.err = io.WriteString(l.w, text)
}

// cut shortens a line to so many characters; what colours it is not counted.
func cut(line string, columns int) string {
	if length(line) <= columns {
		return line
	}
	shown, escaped := 0, false
	for at, r := range line {
		switch {
		case r == '\x1b':
			escaped = true
		case escaped:
			escaped = r != 'm'
		case shown == columns:
			return line[:at] + "\x1b[0m"
		default:
			shown++
		}
	}
	return line
}

// sparkline draws the last values as so many blocks, from the least to the largest
// of them. NaN is a gap.
func sparkline(values []float64, cells int) string {
	const blocks = "▁▂▃▄▅▆▇█"
	values = values[max(0, len(values)-cells):]
	least, most := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) {
			least, most = min(least, v), max(most, v)
		}
	}
	var b strings.Builder
	steps := slices.Collect(strings.SplitSeq(blocks, ""))
	for _, v := range values {
		switch at := (v - least) / (most - least); {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case most == least:
			b.WriteString(steps[0])
		default:
			b.WriteString(steps[min(len(steps)-1, int(at*float64(len(steps))))])
		}
	}
	return b.String() + strings.Repeat(" ", max(0, cells-utf8.RuneCountInString(b.String())))
}
