package docs

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
	"vmmp/tests/document"
)

// embedded is the embedded model, with the report of its training.
func embedded(t *testing.T) (*model.Model, *model.Report) {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	return m, m.Provenance().Metrics
}

func quoted(n prediction.Number, format string) string {
	if math.IsNaN(float64(n)) {
		return ""
	}
	return fmt.Sprintf(format, float64(n))
}

func quotedShare(n prediction.Number) string { return quoted(100*n, "%.1f %%") }

// scoreRow is one line of a table of scores.
type scoreRow struct {
	name    string
	metrics *evaluate.Metrics
}

// metricsTable is a Markdown table of scores.
func metricsTable(first string, rows ...scoreRow) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | R2 | log R2 | median error | CRPS, ms | 90 %% interval holds |\n|---|---|---|---|---|---|\n", first)
	for _, row := range rows {
		m := row.metrics
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", row.name, quoted(m.R2, "%.3f"), quoted(m.LogR2, "%.3f"),
			quotedShare(m.MedianRelativeError), quoted(m.CRPS, "%.1f"), quotedShare(m.Coverage90))
	}
	return b.String()
}

// baselines are the rows of the baselines of an assessment, the best first.
func baselines(a *model.Assessment) []scoreRow {
	rows := []scoreRow{
		{"baseline: analytic model", a.Baselines["precopy"]}, {"baseline: linear", a.Baselines["linear"]},
		{"baseline: the downtime limit", a.Baselines["limit"]}, {"baseline: training median", a.Baselines["median"]},
	}
	slices.SortStableFunc(rows, func(a, b scoreRow) int { return int(math.Copysign(1, float64(a.metrics.CRPS-b.metrics.CRPS))) })
	return rows
}

// patternWords say in words what people know of their VMs.
var patternWords = map[string]string{
	"recorded": "all features", "any": "any number of features, any of them", "cpu_mem": "CPU load and memory usage",
	"seed": "CPU, memory, disk and network", "cli": "a person at the command line", "libvirt": "what libvirt tells", "kubevirt": "what KubeVirt tells",
}

// patternTable is a Markdown table of what partial knowledge costs.
func patternTable(patterns []model.PatternMetrics) string {
	var b strings.Builder
	b.WriteString("| known | log R2 | median error | CRPS, ms | 90 % interval holds | mean confidence | hits |\n|---|---|---|---|---|---|---|\n")
	for _, p := range patterns {
		b.WriteString(patternRow(&p) + "\n")
	}
	return b.String()
}

// patternRow is a line of such a table.
func patternRow(p *model.PatternMetrics) string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |", patternWords[p.Pattern], quoted(p.LogR2, "%.3f"),
		quotedShare(p.MedianRelativeError), quoted(p.CRPS, "%.1f"), quotedShare(p.Coverage90), quotedShare(p.MeanConfidence), quotedShare(p.Within25))
}

// calibratedTable is the same with how true the probabilities are that the model gives.
func calibratedTable(patterns []model.PatternMetrics) string {
	var b strings.Builder
	b.WriteString("| known | log R2 | median error | CRPS, ms | 90 % interval holds | mean confidence | hits | calibration error: convergence | within a limit |\n" +
		"|---|---|---|---|---|---|---|---|---|\n")
	for _, p := range patterns {
		fmt.Fprintf(&b, "%s %s | %s |\n", patternRow(&p), quoted(p.Convergence.Calibration, "%.3f"), quoted(p.WithinLimit, "%.3f"))
	}
	return b.String()
}

// siteTable is a Markdown table of how well the model does at sites of which it knows nothing, each predicted by what was
// learned without it.
func siteTable(sites []model.SiteReport) string {
	var b strings.Builder
	b.WriteString("| site | migrations | log R2 | median error | CRPS, ms | 90 % interval holds | mean confidence | hits | total time: median error | its interval holds | wrong verdicts |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range sites {
		d, total := s.Downtime, s.TotalTime
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", s.Site, s.Rows, quoted(d.LogR2, "%.3f"),
			quotedShare(d.MedianRelativeError), quoted(d.CRPS, "%.1f"), quotedShare(d.Coverage90), quotedShare(d.MeanConfidence), quotedShare(d.Within25),
			quotedShare(total.MedianRelativeError), quotedShare(total.Coverage90), quotedShare(s.Converge.Wrong))
	}
	return b.String()
}

// learnedFrom says in words what the embedded model has learned from.
func learnedFrom(p *model.Provenance, r *model.Report) string {
	drawn, recorded, sites := "", 0, []string{}
	for _, s := range p.Data {
		if s.Seed != 0 {
			drawn = fmt.Sprintf("`%s` (seed %d)", s.Name, s.Seed)
		}
	}
	for _, s := range r.Sites {
		recorded, sites = recorded+s.Rows, append(sites, "`"+s.Site+"`")
	}
	heldOut := p.Rows.Test - (recorded - p.Rows.Measured)
	return fmt.Sprintf("%d simulated migrations of %s to learn\nfrom, and %d held out. "+
		"No tree has grown on the %d real ones of %s: they decide how wide its\nanswers are.\n",
		p.Rows.Train-p.Rows.Measured, drawn, heldOut, recorded, strings.Join(sites, ", "))
}

func TestModelCard(t *testing.T) {
	m, r := embedded(t)
	p := m.Provenance()
	size, err := m.Size()
	if err != nil {
		t.Fatal(err)
	}
	document.Written(t, "identity", fmt.Sprintf("Model `%s`, %.1f MB, `pkg/model/default.vmmp`: %s", m.ID(), float64(size)/1e6, learnedFrom(&p, r)))
	document.Written(t, "choice", choiceTable(p.Modes))
	document.Written(t, "sites", siteTable(r.Sites))
	rows := append([]scoreRow{{"the model", r.Test}, {fmt.Sprintf("the same, out of bag (%d)", r.OOB.Rows), r.OOB}}, baselines(&r.Assessment)...)
	rows = append(rows, scoreRow{"knowing the VM's hidden properties, all but the run's own noise", r.Ceiling})
	document.Written(t, "simulated", metricsTable(fmt.Sprintf("downtime, %d migrations that switched over by themselves", r.Test.Rows), rows...)+
		fmt.Sprintf("\nTotal time: median error %s, log R2 %s, the interval holds %s.\nConvergence, %d migrations: AUC %s, %s wrong verdicts, Brier %s.\n",
			quotedShare(r.TotalTime.Test.MedianRelativeError), quoted(r.TotalTime.Test.LogR2, "%.3f"), quotedShare(r.TotalTime.Test.Coverage90),
			r.Converge.Rows, quoted(r.Converge.AUC, "%.3f"), quotedShare(r.Converge.Wrong), quoted(r.Converge.Brier, "%.4f")))
	document.Written(t, "partial", calibratedTable(r.Patterns))
}

// TestTruthCard holds the first section of the model card to the embedded model. The figures in it are measured on what is
// no part of this repository: `make truth-card` writes them.
func TestTruthCard(t *testing.T) {
	m, _ := embedded(t)
	card := document.Read(t, "pkg/model/MODEL.md")
	if headings := card.Headings(); len(headings) < 2 || headings[1] != "Where it has not learned" {
		t.Errorf("the model card begins with %q: what the model is worth elsewhere comes first", headings)
	}
	_, rest, _ := strings.Cut(card.Text, truthFrom)
	table, _, closed := strings.Cut(rest, truthTo)
	if want := "Model `" + m.ID() + "`:\n\n| set | n | "; !closed || !strings.HasPrefix(table, want) {
		t.Errorf("the first table of the model card is of another model than %s; run: make truth-card DATA=folder of the measurements", m.ID())
	}
}

// modeNames say in words how physics and forest work together.
var modeNames = map[model.Mode]string{
	model.Residual: "forest on its residual", model.Column: "forest with its columns",
	model.Alone: "forest alone", model.Analytic: "physics alone",
}

// choiceTable shows how physics and forest came to work together.
func choiceTable(choices []model.ModeChoice) string {
	modes := []model.Mode{model.Analytic, model.Alone, model.Column, model.Residual}
	var b strings.Builder
	b.WriteString("| migrations | quantity |")
	for _, mode := range modes {
		b.WriteString(" " + modeNames[mode] + " |")
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(modes)) + "\n")
	for _, c := range choices {
		fmt.Fprintf(&b, "| %s | %s |", c.Domain, c.Target)
		for _, mode := range modes {
			cell := fmt.Sprintf("%s (%s)", quoted(c.LogR2[mode], "%.3f"), quotedShare(c.Median[mode]))
			if mode == c.Chosen {
				cell = "**" + cell + "**"
			}
			b.WriteString(" " + cell + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
