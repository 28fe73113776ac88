package terminal

import "strings"

// Length returns the number of characters that s shows: escape sequences that colour show none.
func Length(s string) int {
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

// Pad appends blanks to s up to a width.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Length(s)))
}

// Cut shortens a line to so many columns; what colours it is not counted.
func Cut(line string, columns int) string {
	if Length(line) <= columns {
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
