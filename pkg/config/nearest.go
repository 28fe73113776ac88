package config

import (
	"fmt"
	"strings"
)

// meant returns which key or section somebody who wrote name may have meant, as the
// end of a sentence; empty if none is near.
func meant(name string) string {
	const longest = 60 // nothing known is near a longer name
	if len(name) > longest {
		return ""
	}
	lower := strings.ToLower(strings.ReplaceAll(name, "-", "_"))
	best, least := "", 1+len(lower)/3
	consider := func(candidate, known string) {
		if d := editDistance(lower, candidate); d < least {
			best, least = known, d
		}
	}
	for _, k := range Keys {
		consider(k.Name, k.Name)
		if s := k.section(); s != "" {
			consider(s, s)
			consider(strings.TrimPrefix(k.Name, s+"."), k.Name) // outside its section
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// editDistance returns Levenshtein's: the insertions, deletions and substitutions of
// bytes that turn a into b.
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
			row[j+1] = min(substituted, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
