// Package terminal knows what a terminal is like, and draws what is kept up to date on it: lines that are
// drawn anew in place, progress bars and sparklines. Where output is no terminal, it draws none of them.
package terminal

import (
	"io"
	"os"

	"golang.org/x/term"
)

// DefaultWidth is the width of text where there is no terminal to ask.
const DefaultWidth = 80

// Width returns the number of columns of the terminal that w writes to, and whether it is one; DefaultWidth
// where it is none.
func Width(w io.Writer) (columns int, terminal bool) {
	f, ok := w.(*os.File)
	if !ok {
		return DefaultWidth, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return DefaultWidth, false
	}
	return columns, true
}

// Colored reports whether text on w may be coloured: on a terminal whose user has not asked otherwise (no-color.org).
func Colored(w io.Writer, getenv func(string) string) bool {
	_, terminal := Width(w)
	return terminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
