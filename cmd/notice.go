package cmd

import (
	"fmt"
	"strings"

	"vmmp/pkg/migration"
)

// noticeColumns says which columns of a file were left out.
func noticeColumns(e *env, path string, unknown []string) {
	for i, name := range unknown {
		if near := migration.Nearest(name); near != "" && near != name {
			unknown[i] = fmt.Sprintf("%s (did you mean %s?)", name, near)
		}
	}
	if len(unknown) > 0 {
		fmt.Fprintf(e.stderr, "vmmp: %s: left out unknown columns: %s\n", path, strings.Join(unknown, ", "))
	}
}

// noticeContradictions says of how many rows rate, plateau and curve disagree.
func noticeContradictions(e *env, path string, records []migration.Record) {
	n := 0
	for i := range records {
		if len(records[i].Features.Contradictions()) > 0 {
			n++
		}
	}
	if n > 0 {
		fmt.Fprintf(e.stderr, "vmmp: %s: in %d rows dirty_rate, working_set_mib and dirty_curve contradict each other; "+
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
