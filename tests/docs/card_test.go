package docs

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
	"vmmp/tests/document"
)

// recording are the recorded migrations. What documents quote of them, and of the embedded
// model, is written from them and from the model itself.
const recording = document.Top + "/testdata/migrations/lab/migrations.csv"

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
	"recorded": "all that was measured", "any": "any number of features, any of them", "cpu_mem": "CPU load and memory usage",
	"seed": "CPU, memory, disk and network", "cli": "a person at the command line", "libvirt": "what libvirt tells", "kubevirt": "what KubeVirt tells",
}

// patternTable is a Markdown table of what partial knowledge costs.
func patternTable(patterns []model.PatternMetrics) string {
	var b strings.Builder
	b.WriteString("| known | log R2 | median error | CRPS, ms | 90 % interval holds | mean confidence | hits |\n|---|---|---|---|---|---|---|\n")
	for _, p := range patterns {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", patternWords[p.Pattern], quoted(p.LogR2, "%.3f"),
			quotedShare(p.MedianRelativeError), quoted(p.CRPS, "%.1f"), quotedShare(p.Coverage90), quotedShare(p.MeanConfidence), quotedShare(p.Within25))
	}
	return b.String()
}

// recordedRows are the rows of a recording, by column.
func recordedRows(t *testing.T, recording string) []map[string]string {
	t.Helper()
	f, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = row[i]
		}
		all = append(all, cells)
	}
	return all
}

// noise is how far the repeats of one setting are from their median, relative to each.
type noise struct{ settings, repeats, floor float64 }

func noiseOf(t *testing.T, rows []map[string]string) noise {
	t.Helper()
	groups := map[string][]float64{}
	for _, row := range rows {
		if row["repeat"] != "0" && row["status"] == "completed" {
			ms, err := strconv.ParseFloat(row["downtime_ms"], 64)
			if err != nil {
				t.Fatal(err)
			}
			groups[row["group"]] = append(groups[row["group"]], ms)
		}
	}
	var off []float64
	for _, ms := range groups {
		middle := between(ms)
		for _, v := range ms {
			off = append(off, math.Abs(middle-v)/v)
		}
	}
	return noise{float64(len(groups)), float64(len(off)), evaluate.Quantile(0.5, off)}
}

// between returns what lies between the two middle ones of repeated measurements: the median that is one of them would
// be off by nothing itself.
func between(ms []float64) float64 {
	ms = slices.Sorted(slices.Values(ms))
	return (ms[(len(ms)-1)/2] + ms[len(ms)/2]) / 2
}

// goals are what was aimed at on the held-out settings, and what came of it.
func goals(r *model.Report, n noise) string {
	best := baselines(&r.Assessment)[0]
	var b strings.Builder
	b.WriteString("| asked | aim | got | reached |\n|---|---|---|---|\n")
	goal := func(what, aim, got string, reached bool) {
		verdict := "no"
		if reached {
			verdict = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", what, aim, got, verdict)
	}
	test, total, c := r.Test, r.TotalTime.Test, r.Converge
	floor := prediction.Number(1.5 * n.floor)
	goal("downtime, median error", fmt.Sprintf("at most 1.5 times the noise floor, %s", quotedShare(floor)), quotedShare(test.MedianRelativeError), test.MedianRelativeError <= floor)
	less := 1 - test.CRPS/best.metrics.CRPS
	goal("downtime, CRPS", fmt.Sprintf("40 %% below the best baseline (%s)", strings.TrimPrefix(best.name, "baseline: ")), quotedShare(less)+" below", less >= 0.4)
	goal("downtime, log R2", "at least 0.75", quoted(test.LogR2, "%.3f"), test.LogR2 >= 0.75)
	goal("90 % interval holds", "88 to 92 %", quotedShare(test.Coverage90), test.Coverage90 >= 0.88 && test.Coverage90 <= 0.92)
	goal("total time, median error", "at most 7 %", quotedShare(total.MedianRelativeError), total.MedianRelativeError <= 0.07)
	goal("convergence, AUC", "at least 0.97", quoted(c.AUC, "%.3f"), c.AUC >= 0.97)
	goal("convergence, wrong verdicts", "at most 3 %", quotedShare(c.Wrong), c.Wrong <= 0.03)
	return b.String()
}

func TestModelCard(t *testing.T) {
	m, r := embedded(t)
	p := m.Provenance()
	size, err := m.Size()
	if err != nil {
		t.Fatal(err)
	}
	document.Written(t, "identity", fmt.Sprintf("Model `%s`, %.1f MB, `pkg/model/default.vmmp`: %d rows to learn from, %d of them real, and %d held out.\n",
		m.ID(), float64(size)/1e6, p.Rows.Train, p.Rows.Measured, p.Rows.Test))
	document.Written(t, "choice", choiceTable(p.Modes))
	document.Written(t, "goals", goals(r, noiseOf(t, recordedRows(t, recording))))
	rows := append([]scoreRow{{"the model", r.Test}, {"the same, out of bag (" + strconv.Itoa(r.OOB.Rows) + ")", r.OOB}}, baselines(&r.Assessment)...)
	rows = append(rows, scoreRow{"the simulated expert, asked instead", r.Transfer})
	document.Written(t, "real", metricsTable(fmt.Sprintf("downtime, %d migrations that switched over by themselves", r.Test.Rows), rows...)+
		fmt.Sprintf("\nTotal time: median error %s, log R2 %s, the interval holds %s. Convergence, %d migrations: AUC %s, %s wrong verdicts, Brier %s.\n",
			quotedShare(r.TotalTime.Test.MedianRelativeError), quoted(r.TotalTime.Test.LogR2, "%.3f"), quotedShare(r.TotalTime.Test.Coverage90),
			r.Converge.Rows, quoted(r.Converge.AUC, "%.3f"), quotedShare(r.Converge.Wrong), quoted(r.Converge.Brier, "%.4f")))
	document.Written(t, "partial", patternTable(r.Patterns))
	s := r.Simulated
	rows = append([]scoreRow{{"the model", s.Test}}, baselines(&s.Assessment)...)
	rows = append(rows, scoreRow{"knowing the VM's hidden properties, all but the run's own noise", s.Ceiling})
	document.Written(t, "simulated", metricsTable(fmt.Sprintf("downtime, %d migrations", s.Test.Rows), rows...)+
		fmt.Sprintf("\nTotal time: median error %s, log R2 %s.\n", quotedShare(s.TotalTime.MedianRelativeError), quoted(s.TotalTime.LogR2, "%.3f")))
}

// TestTruthCard holds the first section of the model card to the embedded model. The figures in it are measured on what is
// no part of this repository: `make truth-card` writes them.
func TestTruthCard(t *testing.T) {
	m, _ := embedded(t)
	card := document.Read(t, "pkg/model/MODEL.md")
	if headings := card.Headings(); len(headings) < 2 || headings[1] != "Where it has not learned" {
		t.Errorf("the model card begins with %q: what the model is worth elsewhere comes first", headings)
	}
	_, rest, _ := strings.Cut(card.Text, "<!-- truth: written by `make truth-card` -->\n")
	table, _, closed := strings.Cut(rest, "<!-- /truth -->")
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

// figured returns the metrics of the patterns that README and guide show, in their order.
func figured(r *model.Report) (shown []model.PatternMetrics) {
	for _, name := range []string{"recorded", "libvirt", "seed"} {
		i := slices.IndexFunc(r.Patterns, func(p model.PatternMetrics) bool { return p.Pattern == name })
		shown = append(shown, r.Patterns[i])
	}
	return shown
}

func TestAccuracy(t *testing.T) {
	_, r := embedded(t)
	table := patternTable(figured(r))
	for _, row := range baselines(&r.Assessment) {
		m := row.metrics
		table += fmt.Sprintf("| *%s* | %s | %s | %s | %s | | |\n", strings.TrimPrefix(row.name, "baseline: "), quoted(m.LogR2, "%.3f"),
			quotedShare(m.MedianRelativeError), quoted(m.CRPS, "%.1f"), quotedShare(m.Coverage90))
	}
	n := noiseOf(t, recordedRows(t, recording))
	document.Written(t, "accuracy", table+fmt.Sprintf(`
These are %d migrations of settings that the model has not seen. The total time is %s off in the median; the verdict on
convergence is wrong in %s of %d, AUC %s. Repeated migrations of one and the same setting differ from their median by
%s in the median: nobody can be more precise than that.
`, r.Test.Rows, quotedShare(r.TotalTime.Test.MedianRelativeError), quotedShare(r.Converge.Wrong), r.Converge.Rows, quoted(r.Converge.AUC, "%.3f"),
		quotedShare(prediction.Number(n.floor))))
}

// TestFigures holds the few figures of the README to the embedded model.
func TestFigures(t *testing.T) {
	_, r := embedded(t)
	var b strings.Builder
	b.WriteString("| known of the VM | median error | within ±25 % | confidence, mean | 90 % interval holds |\n|---|---|---|---|---|\n")
	for _, m := range figured(r) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", patternWords[m.Pattern], quotedShare(m.MedianRelativeError), quotedShare(m.Within25),
			quotedShare(m.MeanConfidence), quotedShare(m.Coverage90))
	}
	analytic := r.Baselines["precopy"]
	fmt.Fprintf(&b, "| *the analytic model, all that was measured* | %s | | | %s |\n",
		quotedShare(analytic.MedianRelativeError), quotedShare(analytic.Coverage90))
	document.Written(t, "figures", b.String()+fmt.Sprintf(`
The total time is %s off in the median, the verdict on convergence is wrong in %s. Repeated migrations of one
setting differ from their median by %s: nobody can be more precise than that. The expert that has seen simulated
migrations only is %s off on the same real ones, and %s on simulated ones of all sizes.
`, quotedShare(r.TotalTime.Test.MedianRelativeError), quotedShare(r.Converge.Wrong),
		quotedShare(prediction.Number(noiseOf(t, recordedRows(t, recording)).floor)), quotedShare(r.Transfer.MedianRelativeError),
		quotedShare(r.Simulated.Test.MedianRelativeError)))
}

// Every site that was recorded has a folder, and its card there shows what its rows are.
func TestDataCards(t *testing.T) {
	recordings, err := filepath.Glob(document.Top + "/testdata/migrations/*/migrations.csv")
	if err != nil || len(recordings) == 0 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, recording := range recordings {
		site := filepath.Base(filepath.Dir(recording))
		t.Run(site, func(t *testing.T) {
			document.Written(t, site+" counts", counts(t, recordedRows(t, recording)))
		})
	}
}

// counts says in words and a table what the rows of a recording are.
func counts(t *testing.T, rows []map[string]string) string {
	t.Helper()
	groups, ended := map[string]bool{}, map[string]int{}
	for _, row := range rows {
		groups[row["group"]] = true
		ended[row["status"]]++
	}
	text := fmt.Sprintf("%d migrations of %d settings: %d switched over by themselves, %d were given up and cancelled, %d were given up and forced, %d failed.\n",
		len(rows), len(groups), ended["completed"], ended["not_converged"], ended["forced"], ended["failed"])
	if n := noiseOf(t, rows); n.repeats > 0 {
		text += fmt.Sprintf("The noise floor: %.0f repeats of %.0f settings differ from the median of their setting by %s in the median.\n",
			n.repeats, n.settings, quotedShare(prediction.Number(n.floor)))
	}
	text += "\n| column | least | 5 % | median | 95 % | most |\n|---|---|---|---|---|---|\n"
	for _, name := range []string{"memory_mib", "resident_mib", "network_bandwidth", "downtime_limit_ms", "dirty_rate", "cpu_load", "downtime_ms", "total_time_ms", "rounds", "host_cpu"} {
		text += quantiles(name, rows)
	}
	return text
}

// quantiles is a row of a table: what a column holds.
func quantiles(name string, rows []map[string]string) string {
	var values []float64
	for _, row := range rows {
		if v, err := strconv.ParseFloat(row[name], 64); err == nil && (row["status"] == "completed" || !strings.HasPrefix(name, "downtime_ms")) {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	text := "| `" + name + "` |"
	for _, q := range []float64{0, 0.05, 0.5, 0.95, 1} {
		text += " " + strconv.FormatFloat(values[int(q*float64(len(values)-1))], 'g', 3, 64) + " |"
	}
	return text + "\n"
}

// The embedded model was tested on the hold-out of the recording as it is now.
func TestEmbeddedModelHeldOutByName(t *testing.T) {
	_, r := embedded(t)
	in := 0
	for _, row := range recordedRows(t, recording) {
		if _, out := evaluate.SplitByName([]string{row["group"]}, 0.2); len(out) == 1 && row["status"] == string(migration.Completed) {
			in++
		}
	}
	if in != r.Test.Rows {
		t.Errorf("%d recorded migrations that switched over are held out by name, the embedded model was tested on %d: run make model", in, r.Test.Rows)
	}
}
