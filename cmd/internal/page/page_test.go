package page

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"vmmp/cmd/internal/terminal"
)

// Wrapping keeps every word in its order; a line is too long only if it is one word.
func TestWrapLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sentence := rapid.StringOf(rapid.RuneFrom([]rune("ab 	\n·é×"))).Draw(t, "sentence")
		width := rapid.IntRange(1, 30).Draw(t, "width")
		lines := wrap(sentence, width)
		if got, want := strings.Join(lines, " "), strings.Join(strings.Fields(sentence), " "); got != want {
			t.Fatalf("%q became %q", want, got)
		}
		for i, line := range lines {
			if utf8.RuneCountInString(line) > width && strings.Contains(line, " ") {
				t.Fatalf("line %q is longer than %d", line, width)
			}
			if i > 0 && utf8.RuneCountInString(lines[i-1])+1+utf8.RuneCountInString(strings.Fields(line)[0]) <= width {
				t.Fatalf("%q would have fitted on %q", line, lines[i-1])
			}
		}
	})
}

// Colour takes no room.
func TestColourIsNotCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("ab·─●"))).Draw(t, "text")
		painted := New(true, 80).Paint("1;36", s)
		if terminal.Length(painted) != utf8.RuneCountInString(s) {
			t.Fatalf("%q has length %d", painted, terminal.Length(painted))
		}
		if got := terminal.Length(terminal.Pad(painted, 20)); got < 20 || got > max(20, terminal.Length(s)) {
			t.Fatalf("padded to %d", got)
		}
		if s == "" && painted != "" {
			t.Fatalf("nothing painted is %q", painted)
		}
	})
}
