package cmd

import (
	"fmt"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// mostRuns bounds the migrations that a page lists.
const mostRuns = 20

// simulationPage is a page of what came of simulated migrations.
type simulationPage struct{ *page.Page }

// writeSimulation writes a simulation for a person; given is what this machine was
// not asked.
func (e *env) writeSimulation(given migration.Features, r simulate.Result) error {
	return e.writePage(func(p *page.Page) { (&simulationPage{p}).simulation(given, r) })
}

// simulation writes what was known, what was predicted and what happened.
func (t *simulationPage) simulation(given migration.Features, r simulate.Result) {
	first := &r.Simulations[0] // all are of the same VM
	t.features("Measured here", first.Features.Only(first.Features.Known()&^given.Known()))
	t.features("Given", given)
	t.Line("Seed", fmt.Sprint(r.Seed))
	t.Section("Predicted")
	render.Prediction(t.Page, first.Features, first.Prediction)
	t.runs(r.Simulations)
	if r.Count > 1 {
		t.inSum(r.Summary)
	}
}

// features lists features with their values, nothing where none is known.
func (t *simulationPage) features(label string, x migration.Features) {
	var values []string
	for f := range x.Known().All() {
		values = append(values, strings.TrimSpace(f.String()+" "+humanize.Value(x, f)+" "+humanize.Unit(f)))
	}
	if len(values) > 0 {
		t.Line(label, strings.Join(values, ", "))
	}
}

// runs lists the migrations.
func (t *simulationPage) runs(all []simulate.Migration) {
	t.Section("Simulated")
	fmt.Fprintf(t, "  %5s%12s%12s%8s%12s  %s\n", "", "downtime", "total time", "rounds", "sent MiB", "prediction")
	for i := range all[:min(mostRuns, len(all))] {
		o := &all[i].Outcome
		fmt.Fprintf(t, "  %5d%12s%12s%8s%12s  %s\n", i+1, orDash(o.DowntimeMS, humanize.Milliseconds), orDash(o.TotalTimeMS, humanize.Duration),
			orDash(o.Rounds, whole), orDash(o.TransferredMiB, whole), t.verdict(&all[i]))
	}
	if rest := len(all) - mostRuns; rest > 0 {
		fmt.Fprintf(t, "  and %d more, which -o ndjson and -o csv write out\n", rest)
	}
}

// verdict says how right a prediction was.
func (t *simulationPage) verdict(m *simulate.Migration) string {
	switch {
	case m.Error == nil:
		return strings.ReplaceAll(string(m.Outcome.Status), "_", " ")
	case *m.Hit:
		return fmt.Sprintf("%.0f %% off", 100**m.Error)
	}
	return fmt.Sprintf("%.0f %% off, %s", 100**m.Error, t.Paint("31", "missed"))
}

// inSum says how right the predictions were in sum.
func (t *simulationPage) inSum(s simulate.Summary) {
	t.Section("In sum")
	if s.Failed > 0 {
		t.Line("Failed", fmt.Sprintf("%d of %d, which are not counted below", s.Failed, s.Count))
	}
	t.quantiles("Downtime", s.Downtime, humanize.Milliseconds)
	t.accuracy(s)
}

// accuracy writes how right predictions were.
func (t *simulationPage) accuracy(s simulate.Summary) {
	t.Line("Switched over", orDash(s.Converged, inPercent)+", predicted "+orDash(s.ConvergenceProbability, humanize.Probability))
	if e := s.RelativeError; e != nil {
		t.Line("Off by", fmt.Sprintf("median %s, mean %s, p90 %s, p99 %s, best %s, worst %s", inPercent(e.Median), inPercent(e.Mean),
			inPercent(e.P90), inPercent(e.P99), inPercent(e.Min), inPercent(e.Max)))
		t.Line("Within a quarter", orDash(s.Within25, inPercent)+", predicted "+orDash(s.MeanConfidence, humanize.Probability))
		t.Line("Interval", "held "+orDash(s.Coverage90, inPercent)+", predicted 90 %")
	}
}

// orDash is a figure as a person says it, a dash where it is not known.
func orDash(v *float64, say func(float64) string) string {
	if v == nil {
		return "-"
	}
	return say(*v)
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }

// inPercent is a share that was counted, which may well be all or nothing.
func inPercent(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }
