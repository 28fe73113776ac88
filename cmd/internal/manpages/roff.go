package main

import (
	"fmt"
	"strings"
)

// roff is a manual page as it is written: in man(7).
type roff struct{ text strings.Builder }

// escapes keep what is typed as it is typed, for man(1) would set dashes for
// hyphens and quotation marks for apostrophes.
var escapes = strings.NewReplacer(
	`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "\t", "    ",
)

// line writes one line of text. One that begins with a dot would be a request.
func (r *roff) line(text string) {
	text = escapes.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	r.text.WriteString(text + "\n")
}

// request writes a request with its arguments.
func (r *roff) request(name string, args ...string) {
	r.text.WriteString("." + name)
	for _, a := range args {
		fmt.Fprintf(&r.text, ` "%s"`, strings.ReplaceAll(escapes.Replace(a), `"`, `\(dq`))
	}
	r.text.WriteString("\n")
}

// prose writes paragraphs, which blank lines divide. One that is indented is kept
// as it is.
func (r *roff) prose(text string) {
	for i, part := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			r.request("PP")
		}
		if strings.HasPrefix(part, " ") || strings.HasPrefix(part, "\t") {
			r.kept(part)
			continue
		}
		for line := range strings.SplitSeq(part, "\n") {
			r.line(strings.Join(strings.Fields(strings.TrimLeft(line, "# ")), " "))
		}
	}
}

// kept writes lines as they are.
func (r *roff) kept(text string) {
	r.request("EX")
	for line := range strings.SplitSeq(text, "\n") {
		r.line(strings.TrimRight(line, " "))
	}
	r.request("EE")
}

// item writes an entry of a list: what it is called, dashed words in bold and the
// others in italics, and what it is.
func (r *roff) item(term, text string) {
	r.request("TP")
	words := strings.Fields(term)
	for i, w := range words {
		font := "I"
		if strings.HasPrefix(w, "-") || i == 0 {
			font = "B"
		}
		words[i] = `\f` + font + escapes.Replace(w) + `\fR`
	}
	r.text.WriteString(strings.Join(words, " ") + "\n")
	r.line(text)
}
