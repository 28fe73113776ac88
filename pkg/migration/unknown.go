package migration

import (
	"fmt"
	"strings"
	"unicode"
)

// UnknownField returns a warning of a field that means nothing here, which says what was probably meant.
func UnknownField(name string) string {
	text := fmt.Sprintf("unknown field %q ignored", clip(name))
	if near := Nearest(name); near != "" {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	return text
}

// Nearest returns the known field name closest to name, for a message that says what was probably meant; empty when
// none is close. Of two equally close the longer is the nearer, since less of it was got wrong. Flags count too, so
// that "mem" finds memory_usage.
func Nearest(name string) string {
	const longest = 60 // nothing known is near a longer name
	if len(name) > longest {
		return ""
	}
	lower, parted := snake(name)
	best, closest, least := "", "", 1+len(parted)/3
	consider := func(candidate, meant string) {
		d := min(editDistance(lower, candidate), editDistance(parted, candidate))
		if len(lower) > 3 && d <= len("_ms") && strings.HasPrefix(candidate, lower) {
			d = min(d, 1) // cut short, not misspelt
		}
		if d < least || d == least && best != "" && len(candidate) > len(closest) {
			best, closest, least = meant, candidate, d
		}
	}
	for _, d := range Definitions {
		consider(d.Name, d.Name)
		consider(strings.ReplaceAll(d.Flag, "-", "_"), d.Name)
	}
	for _, column := range OutcomeColumns {
		consider(column, column)
	}
	return best
}

// snake returns a name as fields are written: in lower case, and also with its words parted where it was written in
// camel case.
func snake(name string) (lower, parted string) {
	name = strings.ReplaceAll(strings.TrimSpace(name), "-", "_")
	var b strings.Builder
	small := false
	for _, r := range name {
		if unicode.IsUpper(r) && small {
			b.WriteByte('_')
		}
		small = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.ToLower(name), b.String()
}

// editDistance returns the Levenshtein distance: the fewest insertions, deletions and substitutions of bytes that turn
// a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substituted := diagonal
			if a[i] != b[j] {
				substituted++
			}
			diagonal = row[j+1]
			row[j+1] = min(substituted, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
