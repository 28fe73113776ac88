package cmd

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// writeTraining writes how well a model does for a person.
func (e *env) writeTraining(t trained) error {
	columns, _ := width(e.stdout)
	page := newText(e.colored(e.stdout), min(columns, 100))
	page.training(t)
	_, err := fmt.Fprint(e.stdout, page.String())
	return wrapWrite(err)
}

// training writes all that the training found out.
func (t *text) training(done trained) {
	t.line("Migrations", fmt.Sprintf("%d, of which %d features are known; %.1f s", done.Rows, len(done.Features), done.Seconds))
	for _, choice := range done.Physics {
		t.choice(choice, done.Simulated != nil)
	}
	of := ""
	if done.Simulated != nil {
		of = " of the migrations that really happened"
	}
	t.section("Downtime" + of)
	t.scores(done.scoreRows())
	if done.TotalTime.Test != nil || done.TotalTime.CV != nil {
		t.section("Total time" + of)
		t.scores([]scoreRow{{"test", done.TotalTime.Test}, {"cross-validation", done.TotalTime.CV}})
	}
	if s := done.Simulated; s != nil {
		if done.Transfer != nil {
			t.section("The same migrations, answered as if no real one were near")
			t.scores([]scoreRow{{"downtime", done.Transfer}})
		}
		t.section("The simulated migrations")
		t.scores(append([]scoreRow{{"downtime", s.Test}, {"total time", s.TotalTime}}, baselineRows(&s.Assessment)...))
	}
	t.convergence(done.Converge)
	t.knowledge(done.Patterns)
	t.importance(done.Importance)
	t.saved(done)
}

// choice writes how physics and forest came to work together: what was tried, from
// the best on, and which was taken.
func (t *text) choice(c model.ModeChoice, ofTwo bool) {
	if c.Folds == 0 {
		return
	}
	of := ""
	if ofTwo {
		of = string(c.Domain) + " migrations, "
	}
	var tried []string
	for _, mode := range slices.SortedFunc(maps.Keys(c.LogR2), func(a, b model.Mode) int { return cmp.Compare(c.LogR2[b], c.LogR2[a]) }) {
		taken := ""
		if mode == c.Chosen {
			taken = " (taken)"
		}
		tried = append(tried, fmt.Sprintf("%s %.3f%s", modeNames[mode], c.LogR2[mode], taken))
	}
	t.line("Physics, "+c.Target, of+"log R2: "+strings.Join(tried, ", "))
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

// scoreRows are the model's scores, then those of the baselines.
func (t *trained) scoreRows() []scoreRow {
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

// baselineRows are the scores of the baselines, and what only noise hides.
func baselineRows(a *model.Assessment) []scoreRow {
	var rows []scoreRow
	for _, name := range []string{"precopy", "limit", "linear", "median"} {
		rows = append(rows, scoreRow{"baseline " + name, a.Baselines[name]})
	}
	return append(rows, scoreRow{"noise ceiling", a.Ceiling})
}

// convergence writes how well the probability of switching over does.
func (t *text) convergence(m *model.ConvergenceMetrics) {
	if m == nil || m.Rows == 0 {
		return
	}
	t.section("Convergence (test rows)")
	fmt.Fprintf(t, "  %-20s%8s%12s%10s%10s%10s%12s\n", "", "rows", "converged", "AUC", "wrong", "Brier", "calibration")
	fmt.Fprintf(t, "  %-20s%8d%12s%10s%10s%10s%12s\n", "test", m.Rows, share(m.Converged), figure("%.3f", m.AUC), share(m.Wrong),
		figure("%.4f", m.Brier), figure("%.3f", m.Calibration))
}

// scores writes a table of metrics.
func (t *text) scores(rows []scoreRow) {
	fmt.Fprintf(t, "  %-20s%8s%10s%10s%10s%10s%10s\n", "", "rows", "R2", "log R2", "median", "CRPS ms", "90 %")
	for _, row := range rows {
		if m := row.metrics; m != nil {
			fmt.Fprintf(t, "  %-20s%8d%10s%10s%10s%10s%10s\n", row.name, m.Rows,
				figure("%.3f", m.R2), figure("%.3f", m.LogR2), share(m.MedianRelativeError), figure("%.1f", m.CRPS), share(m.Coverage90))
		}
	}
}

// knowledge writes what partial knowledge costs.
func (t *text) knowledge(patterns []model.PatternMetrics) {
	if len(patterns) == 0 {
		return
	}
	t.section("What partial knowledge costs (test rows)")
	fmt.Fprintf(t, "  %-20s%10s%10s%10s%12s%12s\n", "known", "log R2", "median", "90 %", "confidence", "hits")
	for _, p := range patterns {
		fmt.Fprintf(t, "  %-20s%10s%10s%10s%12s%12s\n", p.Pattern, figure("%.3f", p.LogR2), share(p.MedianRelativeError),
			share(p.Coverage90), share(p.MeanConfidence), share(p.Within25))
	}
}

// importance writes the features that matter most, as bars.
func (t *text) importance(features []model.Importance) {
	const most = 8
	sorted := slices.Clone(features)
	slices.SortStableFunc(sorted, func(a, b model.Importance) int {
		return -cmp.Compare(a.Permutation, b.Permutation)
	})
	if len(sorted) == 0 || sorted[0].Permutation <= 0 {
		return
	}
	t.section("Importance (rise of the squared log error when shuffled)")
	for _, f := range sorted[:min(most, len(sorted))] {
		n := int(math.Round(barCells * float64(max(0, f.Permutation)/sorted[0].Permutation)))
		line := fmt.Sprintf("  %-20s%8.4f %s", f.Feature, float64(f.Permutation), t.paint("36", strings.Repeat("█", n)))
		fmt.Fprintln(t, strings.TrimRight(line, " "))
	}
}

// saved says where the model went.
func (t *text) saved(done trained) {
	where := "not written: add --out FILE to keep it"
	if done.Model.Path != "" {
		where = "written to " + done.Model.Path
	}
	fmt.Fprintf(t, "\nModel %s, %.1f MB, %s.\n", done.Model.ID, float64(done.Model.Bytes)/1e6, where)
}

// figure formats a number that may be undefined.
func figure(format string, n prediction.Number) string {
	if math.IsNaN(float64(n)) {
		return "-"
	}
	return fmt.Sprintf(format, float64(n))
}

// share formats a fraction in per cent.
func share(n prediction.Number) string { return figure("%.1f %%", 100*n) }
