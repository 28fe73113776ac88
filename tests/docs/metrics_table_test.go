package docs

import (
	"fmt"
	"strings"
	"testing"

	"vmmp/pkg/metrics"
	"vmmp/tests/document"
)

// instrumentTable are all metrics as the documents show them.
func instrumentTable() string {
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

func TestMetricsTable(t *testing.T) { document.Written(t, "metrics", instrumentTable()) }
