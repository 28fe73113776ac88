package monitoring

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"vmmp/pkg/metrics"
)

var updateDocs = flag.Bool("update-docs", false, "write the generated parts of the documents anew")

const metricsDoc = "METRICS.md"

// metricsTable are all metrics as METRICS.md shows them.
func metricsTable() string {
	var b strings.Builder
	b.WriteString("| metric | of | type | unit | labels and their values | what it says |\n|---|---|---|---|---|---|\n")
	for _, d := range metrics.Descriptions() {
		kind := d.Type
		if d.Native {
			kind += ", native too"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", d.Name, strings.Join(d.Commands, ", "), kind, d.Unit, labelCell(d.Labels), cell(d.Help))
	}
	return b.String()
}

// labelCell are the labels of a metric with what can be in them.
func labelCell(labels []metrics.Label) string {
	var all []string
	for _, l := range labels {
		what := l.Free
		if len(l.Values) > 0 {
			what = "`" + strings.Join(l.Values, "` `") + "`"
		}
		all = append(all, fmt.Sprintf("**%s**: %s", l.Name, what))
	}
	return cell(strings.Join(all, "; "))
}

// cell is text that does not end its cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// TestMetricsTable checks that METRICS.md shows what the code has, or writes it anew.
func TestMetricsTable(t *testing.T) {
	const (
		command = "go test ./monitoring -run TestMetricsTable -update-docs"
		from    = "<!-- metrics: written by `" + command + "` -->\n"
		to      = "<!-- /metrics -->"
	)
	text, err := os.ReadFile(metricsDoc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), from)
	shown, after, closed := strings.Cut(rest, to)
	if !found || !closed {
		t.Fatalf("%s has no place for the metrics", metricsDoc)
	}
	want := metricsTable()
	if shown == want {
		return
	}
	if !*updateDocs {
		t.Fatalf("%s shows other metrics than the code has; run: %s", metricsDoc, command)
	}
	if err := os.WriteFile(metricsDoc, []byte(before+from+want+to+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
