package render

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/model"
)

// Trained is the result of a training, as it stands in JSON.
type Trained struct {
	*model.Report
	Model   SavedModel `json:"model"`
	Seconds float64    `json:"seconds"`
}

// SavedModel is the file that a model was written to.
type SavedModel struct {
	ID    string `json:"id"`
	Bytes int    `json:"bytes"`
	Path  string `json:"path"` // empty when none was written
}

// Training writes all that a training found out.
func Training(t *page.Page, done Trained) {
	t.Line("Migrations", fmt.Sprintf("%d, of which %d features are known; %.1f s",
		done.Rows, len(done.Features), done.Seconds))
	for _, choice := range done.Physics {
		writeChoice(t, choice, done.Simulated != nil)
	}
	of := ""
	if done.Simulated != nil {
		of = " of the migrations that really happened"
	}
	t.Section("Downtime" + of)
	writeScores(t, done.scoreRows())
	if done.TotalTime.Test != nil || done.TotalTime.CV != nil {
		t.Section("Total time" + of)
		writeScores(t, []scoreRow{{"test", done.TotalTime.Test}, {"cross-validation", done.TotalTime.CV}})
	}
	if s := done.Simulated; s != nil {
		if done.Transfer != nil {
			t.Section("The same migrations, answered as if no real one were near")
			writeScores(t, []scoreRow{{"downtime", done.Transfer}})
		}
		t.Section("The simulated migrations")
		writeScores(t, append([]scoreRow{{"downtime", s.Test}, {"total time", s.TotalTime}}, baselineRows(&s.Assessment)...))
	}
	writeConvergence(t, done.Converge)
	writeKnowledge(t, done.Patterns)
	writeImportance(t, done.Importance)
	writeSaved(t, done)
}

// writeChoice writes how physics and forest came to work together: what was tried, from
// the best on, and which was taken.
func writeChoice(t *page.Page, c model.ModeChoice, ofTwo bool) {
	if c.Folds == 0 {
		return
	}
	of := ""
	if ofTwo {
		of = string(c.Domain) + " migrations, "
	}
	best := slices.SortedFunc(maps.Keys(c.LogR2), func(a, b model.Mode) int {
		return cmp.Compare(c.LogR2[b], c.LogR2[a])
	})
	var tried []string
	for _, mode := range best {
		taken := ""
		if mode == c.Chosen {
			taken = " (taken)"
		}
		tried = append(tried, fmt.Sprintf("%s %.3f%s", modeNames[mode], c.LogR2[mode], taken))
	}
	t.Line("Physics, "+c.Target, of+"log R2: "+strings.Join(tried, ", "))
}

// modeNames say in words how physics and forest work together.
var modeNames = map[model.Mode]string{
	model.Residual: "forest on its residual", model.Column: "forest with its columns",
	model.Alone: "forest alone", model.Analytic: "physics alone",
}

// scoreRow is one line of the table of scores.
type scoreRow struct {
	name    string
	metrics *evaluate.Metrics
}

// scoreRows returns the model's scores, then those of the baselines.
func (t *Trained) scoreRows() []scoreRow {
	rows := []scoreRow{{"test", t.Test}, {"out of bag", t.OOB}}
	if t.CV != nil {
		name := fmt.Sprintf("%d folds", t.CV.Folds)
		if t.CV.Grouped {
			name += ", grouped"
		}
		rows = append(rows, scoreRow{name, &t.CV.Metrics})
	}
	return append(rows, baselineRows(&t.Assessment)...)
}

// baselineRows returns the scores of the baselines, and what only noise hides.
func baselineRows(a *model.Assessment) []scoreRow {
	var rows []scoreRow
	for _, name := range []string{"precopy", "limit", "linear", "median"} {
		rows = append(rows, scoreRow{"baseline " + name, a.Baselines[name]})
	}
	return append(rows, scoreRow{"noise ceiling", a.Ceiling})
}

// writeConvergence writes how well the probability of switching over does.
func writeConvergence(t *page.Page, m *model.ConvergenceMetrics) {
	if m == nil || m.Rows == 0 {
		return
	}
	t.Section("Convergence (test rows)")
	fmt.Fprintf(t, "  %-20s%8s%12s%10s%10s%10s%12s\n", "", "rows", "converged", "AUC", "wrong", "Brier", "calibration")
	fmt.Fprintf(t, "  %-20s%8d%12s%10s%10s%10s%12s\n", "test", m.Rows,
		humanize.Percent(m.Converged), humanize.Figure("%.3f", m.AUC), humanize.Percent(m.Wrong),
		humanize.Figure("%.4f", m.Brier), humanize.Figure("%.3f", m.Calibration))
}

// writeScores writes a table of metrics.
func writeScores(t *page.Page, rows []scoreRow) {
	fmt.Fprintf(t, "  %-20s%8s%10s%10s%10s%10s%10s\n", "", "rows", "R2", "log R2", "median", "CRPS ms", "90 %")
	for _, row := range rows {
		if m := row.metrics; m != nil {
			fmt.Fprintf(t, "  %-20s%8d%10s%10s%10s%10s%10s\n", row.name, m.Rows,
				humanize.Figure("%.3f", m.R2), humanize.Figure("%.3f", m.LogR2), humanize.Percent(m.MedianRelativeError),
				humanize.Figure("%.1f", m.CRPS), humanize.Percent(m.Coverage90))
		}
	}
}

// writeKnowledge writes what partial knowledge costs.
func writeKnowledge(t *page.Page, patterns []model.PatternMetrics) {
	if len(patterns) == 0 {
		return
	}
	t.Section("What partial knowledge costs (test rows)")
	fmt.Fprintf(t, "  %-20s%10s%10s%10s%12s%12s\n", "known", "log R2", "median", "90 %", "confidence", "hits")
	for _, p := range patterns {
		fmt.Fprintf(t, "  %-20s%10s%10s%10s%12s%12s\n", p.Pattern,
			humanize.Figure("%.3f", p.LogR2), humanize.Percent(p.MedianRelativeError), humanize.Percent(p.Coverage90),
			humanize.Percent(p.MeanConfidence), humanize.Percent(p.Within25))
	}
}

// writeImportance writes the features that matter most, as bars.
func writeImportance(t *page.Page, features []model.Importance) {
	const most = 8
	sorted := slices.Clone(features)
	slices.SortStableFunc(sorted, func(a, b model.Importance) int {
		return -cmp.Compare(a.Permutation, b.Permutation)
	})
	if len(sorted) == 0 || sorted[0].Permutation <= 0 {
		return
	}
	t.Section("Importance (rise of the squared log error when shuffled)")
	for _, f := range sorted[:min(most, len(sorted))] {
		n := int(math.Round(terminal.BarCells * float64(max(0, f.Permutation)/sorted[0].Permutation)))
		line := fmt.Sprintf("  %-20s%8.4f %s", f.Feature, float64(f.Permutation), t.Paint("36", strings.Repeat("█", n)))
		fmt.Fprintln(t, strings.TrimRight(line, " "))
	}
}

// writeSaved writes where the model went.
func writeSaved(t *page.Page, done Trained) {
	where := "not written: add --out FILE to keep it"
	if done.Model.Path != "" {
		where = "written to " + done.Model.Path
	}
	fmt.Fprintf(t, "\nModel %s, %.1f MB, %s.\n", done.Model.ID, float64(done.Model.Bytes)/1e6, where)
}
