package cmd

import (
	"fmt"
	"math"
	"strings"
)

// text is a page for a person: labels on the left, what they say on the right,
// wrapped to the width of the terminal.
type text struct {
	strings.Builder
	colored bool
	width   int
}

// labelWidth is the width of the labels' column.
const labelWidth = 20

func newText(colored bool, width int) *text {
	return &text{colored: colored, width: max(width, 60)}
}

func (t *text) bold(s string) string { return t.paint("1", s) }

// paint colours s with an SGR code.
func (t *text) paint(code, s string) string {
	if !t.colored || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// line writes a label and what it says.
func (t *text) line(label, says string) {
	for _, part := range wrap(says, t.width-labelWidth) {
		fmt.Fprintf(t, "%s%s\n", pad(label, labelWidth), part)
		label = ""
	}
}

func (t *text) section(title string) { fmt.Fprintf(t, "\n%s\n", t.bold(title)) }

// row writes one line of a section: a figure, a bar, a name.
func (t *text) row(figure, bar, name string) {
	fmt.Fprintf(t, "  %s%s  %s\n", pad(figure, 12), pad(bar, 2*halfBar+1), name)
}

// list writes a section of sentences, nothing without any.
func (t *text) list(title, mark string, sentences []string) {
	if len(sentences) == 0 {
		return
	}
	t.section(title)
	for _, s := range sentences {
		for i, line := range wrap(s, t.width-4) {
			lead := mark
			if i > 0 {
				lead = " "
			}
			fmt.Fprintf(t, "  %s %s\n", lead, line)
		}
	}
}

// wrap breaks a sentence into lines of at most width characters, between words.
func wrap(sentence string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(sentence) {
		if line != "" && length(line)+1+length(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// length is the number of characters that s shows.
func length(s string) int {
	n, escaped := 0, false
	for _, r := range s {
		switch {
		case r == '\x1b':
			escaped = true
		case escaped:
			escaped = r != 'm'
		default:
			n++
		}
	}
	return n
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-length(s)))
}

// interval draws where the prediction lies in its interval, on a logarithmic axis
// from half the lower to twice the upper end.
func (t *text) interval(lower, point, upper float64) string {
	cells := t.width - labelWidth - 1
	from, to := math.Log(lower)-math.Ln2, math.Log(upper)+math.Ln2
	at := func(v float64) int {
		return int(math.Round((math.Log(v) - from) / (to - from) * float64(cells-1)))
	}
	axis := []rune(strings.Repeat("·", cells))
	for i := at(lower); i <= at(upper); i++ {
		axis[i] = '─'
	}
	axis[at(lower)], axis[at(upper)], axis[at(point)] = '├', '┤', '●'
	return t.paint("36", string(axis))
}

// halfBar is the number of cells on either side of a factor bar's middle.
const halfBar = 10

// factorBar draws a factor: to the right of the middle what lengthens, to the left
// what shortens. share is between -1 and 1.
func (t *text) factorBar(share float64) string {
	n := min(halfBar, int(math.Round(math.Abs(share)*halfBar)))
	bar := strings.Repeat("█", n)
	if share < 0 {
		return strings.Repeat(" ", halfBar-n) + t.paint("32", bar) + "│"
	}
	return strings.Repeat(" ", halfBar) + "│" + t.paint("31", bar)
}
