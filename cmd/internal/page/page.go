// Package page lays text out for a person who reads it at a terminal.
package page

import (
	"fmt"
	"strings"

	"vmmp/cmd/internal/terminal"
)

// Page is text for a person: labels on the left, what they say on the right, wrapped to the width of the terminal.
type Page struct {
	strings.Builder
	colored bool
	width   int
}

// LabelWidth is the width of the labels' column.
const LabelWidth = 20

// New returns an empty page of a width, which is at least 60.
func New(colored bool, width int) *Page {
	return &Page{colored: colored, width: max(width, 60)}
}

// Width returns the number of columns of the page.
func (p *Page) Width() int { return p.width }

// Bold returns s in bold, where the page is coloured.
func (p *Page) Bold(s string) string { return p.Paint("1", s) }

// Paint returns s with an SGR code, where the page is coloured.
func (p *Page) Paint(code, s string) string {
	if !p.colored || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Line writes a label and the text beside it, wrapped.
func (p *Page) Line(label, text string) {
	for _, part := range wrap(text, p.width-LabelWidth) {
		fmt.Fprintf(p, "%s%s\n", terminal.Pad(label, LabelWidth), part)
		label = ""
	}
}

// Section writes the title of what follows.
func (p *Page) Section(title string) { fmt.Fprintf(p, "\n%s\n", p.Bold(title)) }

// List writes a section of sentences, nothing without any.
func (p *Page) List(title, bullet string, sentences []string) {
	if len(sentences) == 0 {
		return
	}
	p.Section(title)
	for _, s := range sentences {
		for i, line := range wrap(s, p.width-4) {
			lead := bullet
			if i > 0 {
				lead = " "
			}
			fmt.Fprintf(p, "  %s %s\n", lead, line)
		}
	}
}

// wrap breaks a sentence into lines of at most width characters, between words.
func wrap(sentence string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(sentence) {
		if line != "" && terminal.Length(line)+1+terminal.Length(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
