// Package terminaltest tells what a terminal shows of the text that is written to it.
package terminaltest

import "strings"

// LastLine returns what a terminal shows of text on its last line.
func LastLine(text string) string {
	var line []rune
	at := 0
	for text != "" {
		switch {
		case text[0] == '\r':
			at, text = 0, text[1:]
		case strings.HasPrefix(text, "\x1b[K"):
			line, text = line[:min(at, len(line))], text[len("\x1b[K"):]
		default:
			r := []rune(text)[0]
			line = append(line[:at], append([]rune{r}, line[min(at+1, len(line)):]...)...)
			at, text = at+1, text[len(string(r)):]
		}
	}
	return string(line)
}

// Bleach returns s without its colours.
func Bleach(s string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		switch {
		case r == '\x1b':
			escaped = true
		case escaped:
			escaped = r != 'm'
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
