// Package pagetest checks pages: against golden files, and that they fit on a terminal.
package pagetest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal/terminaltest"
)

// Golden compares a page at all widths, plain and coloured, with its file in testdata; the
// escape character stands there as ␛. With the flag -update it writes the file anew.
func Golden(t *testing.T, name string, write func(*page.Page)) {
	t.Helper()
	var b strings.Builder
	for _, style := range []string{"plain", "coloured"} {
		for _, width := range []struct {
			name    string
			columns int
		}{{"60", 60}, {"80", 80}, {"100", 100}} {
			p := page.New(style == "coloured", width.columns)
			write(p)
			b.WriteString("== " + width.name + " columns, " + style + "\n" + strings.ReplaceAll(p.String(), "\x1b", "␛"))
		}
	}
	path := filepath.Join("testdata", name+".golden")
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (go test -run %s -update writes it anew):\n%s", path, t.Name(), diff)
	}
}

// Fits fails the test unless, on terminals of at least so many columns, no line of a page is longer than
// the terminal is wide or ends in blanks, and colours change nothing else.
func Fits(t *testing.T, least int, write func(*page.Page)) {
	t.Helper()
	for width := least; width <= 100; width++ {
		plain, coloured := page.New(false, width), page.New(true, width)
		write(plain)
		write(coloured)
		if got := terminaltest.Bleach(coloured.String()); got != plain.String() {
			t.Errorf("on %d columns the page in colour says something else:\n%s", width, cmp.Diff(plain.String(), got))
		}
		for line := range strings.Lines(plain.String()) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > width || line != strings.TrimRight(line, " ") {
				t.Errorf("on %d columns a line is %q", width, line)
			}
		}
	}
}
