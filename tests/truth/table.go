package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"vmmp/pkg/prediction"
)

// formats are the forms in which a report is written.
var formats = map[string]func(io.Writer, *report) error{
	"text": writeText, "json": writeJSON, "markdown": writeMarkdown,
}

// table returns the head of the table and its rows, cells as they are shown.
func (r *report) table() (head []string, cells [][]string) {
	head = []string{"set"}
	for m := range measures {
		if measures[m].column != "" {
			head = append(head, measures[m].column)
		}
	}
	for i := range r.sets {
		line := []string{r.sets[i].name}
		for m := range measures {
			if measures[m].column != "" {
				line = append(line, measure(m).text(r.sets[i].figures[m]))
			}
		}
		cells = append(cells, line)
	}
	return head, cells
}

// goals returns, of each figure that somebody wants something of, what it is and whether that is reached.
func (r *report) goals() (head []string, cells [][]string) {
	for i := range r.wanted {
		b := &r.wanted[i]
		if b.Want.none() {
			continue
		}
		v, known := r.figure(b)
		got, reached := b.measure.text(prediction.Number(v)), "no"
		if !known {
			got = "not judged"
		}
		if b.Want.hold(v) {
			reached = "yes"
		}
		cells = append(cells, []string{
			b.Set, b.Measure, b.Want.text(measures[b.measure].format), got, reached,
		})
	}
	return []string{"set", "measure", "wanted", "got", "reached"}, cells
}

// writeText writes the tables for a person at a terminal.
func writeText(w io.Writer, r *report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Model %s\n\n", r.model.ID())
	align(&b, r.table)
	for _, note := range r.notes {
		fmt.Fprintf(&b, "%s\n", note)
	}
	if len(r.wanted) > 0 {
		b.WriteString("\n")
		align(&b, r.goals)
	}
	if len(r.cases) > 0 {
		b.WriteString("\n")
		align(&b, r.caseTable)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// caseTable shows the cases one by one.
func (r *report) caseTable() (head []string, cells [][]string) {
	whole := func(v float64) string {
		if math.IsNaN(v) {
			return ""
		}
		return count(v)
	}
	for i := range r.cases {
		c := &r.cases[i]
		o, p := &c.record.Outcome, &c.prediction
		cells = append(cells, []string{
			c.name, string(p.Support), whole(o.DowntimeMS), whole(p.PredictedDowntime),
			whole(p.Interval.Lower) + "-" + whole(p.Interval.Upper),
			whole(o.TotalTimeMS), whole(float64(p.PredictedTotalTimeMS)), string(o.Status), percent(p.ConvergenceProbability),
		})
	}
	return []string{"case", "support", "real, ms", "told", "interval", "total: real", "told", "ended", "P(conv.)"}, cells
}

// align writes a table in columns, the first to the left and the others to the right.
func align(b *strings.Builder, table func() ([]string, [][]string)) {
	head, cells := table()
	width := make([]int, len(head))
	all := append([][]string{head}, cells...)
	for _, line := range all {
		for i, cell := range line {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range all {
		fmt.Fprintf(b, "%-*s", width[0], line[0])
		for i, cell := range line[1:] {
			fmt.Fprintf(b, "  %*s", width[i+1], cell)
		}
		b.WriteString("\n")
	}
}

// writeMarkdown writes the table, what its columns mean and what is wanted of them.
func writeMarkdown(w io.Writer, r *report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Model `%s`:\n\n", r.model.ID())
	markdown(&b, r.table)
	b.WriteString("\n")
	for _, note := range r.notes {
		fmt.Fprintf(&b, "- %s.\n", note)
	}
	for m := range measures {
		if measures[m].column != "" {
			fmt.Fprintf(&b, "- *%s*: %s.\n", measures[m].column, measures[m].what)
		}
	}
	if len(r.wanted) > 0 {
		b.WriteString("\n")
		markdown(&b, r.goals)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown writes a table.
func markdown(b *strings.Builder, table func() ([]string, [][]string)) {
	head, cells := table()
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, line := range cells {
		fmt.Fprintf(b, "| %s |\n", strings.Join(line, " | "))
	}
}

// writeJSON writes every figure, null where it is undefined.
func writeJSON(w io.Writer, r *report) error {
	type object = map[string]any
	all := []object{}
	for i := range r.sets {
		s := object{"set": r.sets[i].name}
		for m := range measures {
			s[measures[m].name] = r.sets[i].figures[m]
		}
		all = append(all, s)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object{"model": r.model.ID(), "sets": all, "notes": r.notes})
}
