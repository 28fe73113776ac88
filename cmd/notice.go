package cmd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/migration"
)

// mostNamed bounds the columns that a notice names.
const mostNamed = 20

// noticeColumns reports in one line which columns of a file were left out.
func noticeColumns(e *env, path string, unknown []string) {
	unknown = slices.DeleteFunc(slices.Clone(unknown), rows.Names)
	if len(unknown) == 0 {
		return
	}
	var names []string
	for _, name := range unknown[:min(mostNamed, len(unknown))] {
		shown := name
		if name == "" || strings.ContainsFunc(name, unicode.IsControl) {
			shown = strconv.Quote(name)
		}
		if near := migration.Nearest(name); near != "" && near != name {
			shown += fmt.Sprintf(" (did you mean %s?)", near)
		}
		names = append(names, shown)
	}
	if rest := len(unknown) - mostNamed; rest > 0 {
		names = append(names, fmt.Sprintf("and %d more", rest))
	}
	fmt.Fprintf(e.stderr, "vmmp: %s: left out unknown columns: %s\n", path, strings.Join(names, ", "))
}

// noticeContradictions reports in how many rows of a file for learning values disagree.
func noticeContradictions(e *env, path string, records []migration.Record) {
	n := 0
	for i := range records {
		if len(records[i].Features.Contradictions()) > 0 {
			n++
		}
	}
	if n > 0 {
		fmt.Fprintf(e.stderr, "vmmp: %s: sizes and dirtying contradict each other, rows: %d; "+
			"the curve was taken before the rate, and the rate before the working set\n", path, n)
	}
}

// columnHelp lists the columns of a file of migrations.
func columnHelp() string {
	var b strings.Builder
	for _, d := range migration.Definitions {
		fmt.Fprintf(&b, "  %-18s %-6s %s\n", d.Name, d.Unit, d.Doc)
	}
	fmt.Fprintf(&b, "  %s\n", strings.Join(migration.OutcomeColumns, ", "))
	return b.String()
}
