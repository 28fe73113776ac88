package monitoring

import (
	"slices"
	"strings"
	"testing"
)

// sections are those of the runbook, by their headings.
func sections(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	parts := strings.Split(string(read(t, "RUNBOOK.md")), "\n## ")
	for _, part := range parts[1:] {
		heading, text, _ := strings.Cut(part, "\n")
		all[heading] = text
	}
	return all
}

// Who is woken reads what it means, where to look and what to do.
func TestEveryAlertIsInTheRunbook(t *testing.T) {
	found := sections(t)
	var names []string
	for _, a := range alerts(t) {
		names = append(names, a.Alert)
		at := 0
		for _, word := range []string{"**Means** ", "**Look** ", "**Do** "} {
			next := strings.Index(found[a.Alert][at:], "\n"+word)
			if next < 0 {
				t.Errorf("RUNBOOK.md: section %q lacks %sin its place", a.Alert, word)
				break
			}
			at += next
		}
	}
	for heading, text := range found {
		if !slices.Contains(names, heading) {
			t.Errorf("RUNBOOK.md: there is no alert %s", heading)
		}
		for _, other := range names {
			text = strings.ReplaceAll(text, other, "")
		}
		if i := strings.Index(text, "Vmmp"); i >= 0 {
			t.Errorf("RUNBOOK.md: section %s names an alert that is none: %.40q", heading, text[i:])
		}
	}
}
