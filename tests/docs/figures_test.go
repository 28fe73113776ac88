package docs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
	"vmmp/tests/document"
)

// The places of the tables in the model card that `make truth-card` writes: those of the README and of docs/ are taken
// from there, so that they are of the same model.
const (
	truthFrom = "<!-- truth: written by `make truth-card` -->\n"
	truthTo   = "<!-- /truth -->"
)

// judged returns the cells of the table of the model card, by the name of the set and then of the column.
func judged(t *testing.T) map[string]map[string]string {
	t.Helper()
	_, rest, _ := strings.Cut(document.Read(t, "pkg/model/MODEL.md").Text, truthFrom)
	text, _, _ := strings.Cut(rest, truthTo)
	_, text, found := strings.Cut(text, "\n\n")
	if !found {
		t.Fatal("the model card has no table of make truth-card")
	}
	table, _, _ := strings.Cut(text, "\n\n")
	var head []string
	sets := map[string]map[string]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case head == nil:
			head = cells
		case len(cells) != len(head):
			t.Fatalf("%d cells in a table of %d: %s", len(cells), len(head), line)
		default:
			sets[cells[0]] = map[string]string{}
			for i, name := range head {
				sets[cells[0]][name] = cells[i]
			}
		}
	}
	return sets
}

// elsewhere are the sets of the model card that the documents show, with what they are called there; of recorded sites each
// follows as it was left out.
var elsewhere = []struct {
	set, words string
	readme     bool // it is shown there, too
}{
	{"kvm-2017 original", "KVM, pre-copy, dirty rate and limit known", true},
	{"kvm-2017 original, every pause", "the same, pauses above the limit counted too", false},
	{"kvm-2017 original without limit", "the same, limit unknown", false},
	{"kvm-2017 original without dirty rate, CPU 70-100 %", "the same, CPU load known and dirty rate not", true},
	{"kvm-2017 auto-converge", "KVM, auto-converge", true},
	{"kvm-2017 x-postcopy-ram", "KVM, post-copy", true},
	{"kvm-2017 xbzrle", "KVM, XBZRLE", true},
	{"kvm-2017 compress", "KVM, compression by threads", true},
	{"public cases", "single public cases", true},
	{"recorded site kvm", "recorded site `kvm` (bare-metal guests, two busy processors)", true},
	{"recorded site kvm, support other-site", "the same, like migrations of `lab`", false},
}

// cellOf returns a figure of the model card.
func cellOf(t *testing.T, sets map[string]map[string]string, set, column string) string {
	t.Helper()
	v, ok := sets[set][column]
	if !ok || v == "" {
		t.Fatalf("the table of make truth-card has no %s of %s", column, set)
	}
	return v
}

// elsewhereTable shows what the model is worth on migrations that it has not learned from, or what of it the README shows.
func elsewhereTable(t *testing.T, sets map[string]map[string]string, r *model.Report, readme bool) string {
	t.Helper()
	columns := []string{"judged", "error", "holds", "confid.", "hits", "total: error", "verdicts: wrong"}
	var b strings.Builder
	b.WriteString("| real migrations | downtimes | median error | 90 % interval holds | confidence, mean | within ±25 % | total time: median error | wrong verdicts |\n|---|---|---|---|---|---|---|---|\n")
	row := func(set, words string) {
		b.WriteString("| " + words + " |")
		for _, column := range columns {
			b.WriteString(" " + cellOf(t, sets, set, column) + " |")
		}
		b.WriteString("\n")
	}
	for _, s := range elsewhere {
		if s.readme || !readme {
			row(s.set, s.words)
		}
	}
	for _, s := range r.Sites {
		row("recorded site "+s.Site+", left out", "recorded site `"+s.Site+"`, as an unknown one")
	}
	return b.String()
}

// lessons are what somebody knows of a recorded site.
var lessons = [][2]string{
	{"left out", "nothing"}, {"corrected by 10 outcomes", "10 outcomes (`--site`)"},
	{"corrected by 100 outcomes", "100 outcomes (`--site`)"}, {"trained on 100 outcomes", "100 outcomes (`vmmp train`)"},
}

// lessonTable shows what own outcomes are worth at each recorded site that has enough of them.
func lessonTable(t *testing.T, sets map[string]map[string]string, r *model.Report) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| site | known of it | median error | 90 % interval holds | total time: median error | wrong verdicts |\n|---|---|---|---|---|---|\n")
	for _, s := range r.Sites {
		for _, l := range lessons {
			set := "recorded site " + s.Site + ", " + l[0]
			if _, there := sets[set]; there {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", s.Site, l[1], cellOf(t, sets, set, "error"),
					cellOf(t, sets, set, "holds"), cellOf(t, sets, set, "total: error"), cellOf(t, sets, set, "verdicts: wrong"))
			}
		}
	}
	return b.String()
}

// lessonLines say the same in a line for each site.
func lessonLines(t *testing.T, sets map[string]map[string]string, r *model.Report) string {
	t.Helper()
	var b strings.Builder
	for _, s := range r.Sites {
		of := func(i int, column string) string {
			return cellOf(t, sets, "recorded site "+s.Site+", "+lessons[i][0], column)
		}
		if _, there := sets["recorded site "+s.Site+", "+lessons[len(lessons)-1][0]]; !there {
			continue
		}
		fmt.Fprintf(&b, "- At `%s`, 10 own outcomes (`--site`) take the total time's error from %s to %s and the downtime's from\n  %s to %s; training on 100 takes it to %s.\n",
			s.Site, of(0, "total: error"), of(1, "total: error"), of(0, "error"), of(1, "error"), of(len(lessons)-1, "error"))
	}
	return b.String()
}

// figured returns the metrics of the patterns that the guide shows, in their order.
func figured(r *model.Report) (shown []model.PatternMetrics) {
	for _, name := range []string{"recorded", "libvirt", "seed", "cpu_mem"} {
		i := slices.IndexFunc(r.Patterns, func(p model.PatternMetrics) bool { return p.Pattern == name })
		shown = append(shown, r.Patterns[i])
	}
	return shown
}

// TestFigures holds the few figures of the README to the embedded model.
func TestFigures(t *testing.T) {
	_, r := embedded(t)
	sets := judged(t)
	of := func(set, column string) string { return cellOf(t, sets, set, column) }
	const kvm, large = "kvm-2017 original", "public cases, 64 GiB and more"
	document.Written(t, "elsewhere", fmt.Sprintf(`On %s KVM migrations that nobody here made (guests of 2 and 4 GiB, 1 GbE) the predicted downtime was off by %s in
the median where pre-copy switched over by itself, and the 90 %% interval held %s of those pauses, %s of all.
The total time was off by %s, and %s of the verdicts on convergence were wrong (rule of thumb, dirty rate below
0.8 times the link: %s). Of %s published pauses of guests of 64 GiB and more the interval held %s; their total
time was predicted %s times as long as it was. `+"`make truth`"+` measures all of this.
`, of(kvm, "n"), of(kvm, "error"), of(kvm, "holds"), of(kvm+", every pause", "holds"), of(kvm, "total: error"), of(kvm, "verdicts: wrong"),
		of(kvm, "of the rule"), of(large, "judged"), of(large, "holds"), of(large, "total: ratio")))
	document.Written(t, "figures", elsewhereTable(t, sets, r, true)+"\n"+lessonLines(t, sets, r))
}

// TestAccuracy holds the figures of the guide to the embedded model.
func TestAccuracy(t *testing.T) {
	_, r := embedded(t)
	sets := judged(t)
	document.Written(t, "elsewhere-all", elsewhereTable(t, sets, r, false))
	document.Written(t, "lessons", lessonTable(t, sets, r))
	table := patternTable(figured(r))
	for _, row := range baselines(&r.Assessment) {
		m := row.metrics
		table += fmt.Sprintf("| *%s, all features* | %s | %s | %s | %s | %s | %s |\n", strings.TrimPrefix(row.name, "baseline: "), quoted(m.LogR2, "%.3f"),
			quotedShare(m.MedianRelativeError), quoted(m.CRPS, "%.1f"), quotedShare(m.Coverage90), quotedShare(m.MeanConfidence), quotedShare(m.Within25))
	}
	document.Written(t, "accuracy", table+fmt.Sprintf(`
These are %d simulated migrations that the model has not seen, each at another site. The total time is %s off in
the median; the verdict on convergence is wrong in %s of %d, AUC %s. Who knows what is hidden of a VM, but for
the noise of the run, is off by %s: nobody can be more precise than that.
`, r.Test.Rows, quotedShare(r.TotalTime.Test.MedianRelativeError), quotedShare(r.Converge.Wrong), r.Converge.Rows, quoted(r.Converge.AUC, "%.3f"),
		quotedShare(prediction.Number(r.Ceiling.MedianRelativeError))))
}
