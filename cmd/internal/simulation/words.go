package simulation

import (
	"fmt"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/simulate"
)

// writeQuantiles writes a line, nothing where there are none.
func writeQuantiles(t *page.Page, label string, q *evaluate.Quantiles, say func(float64) string) {
	if q == nil {
		return
	}
	t.Line(label, fmt.Sprintf("median %s, mean %s, p90 %s, p99 %s, from %s to %s",
		say(q.Median), say(q.Mean), say(q.P90), say(q.P99), say(q.Min), say(q.Max)))
}

// verdict returns how right a prediction was, in words.
func verdict(t *page.Page, m *simulate.Migration) string {
	switch {
	case m.Error == nil:
		return strings.ReplaceAll(string(m.Outcome.Status), "_", " ")
	case *m.Held:
		return fmt.Sprintf("%.0f %% off", 100**m.Error)
	}
	return fmt.Sprintf("%.0f %% off, %s", 100**m.Error, t.Paint("31", "missed"))
}

// writeSummary writes how right the predictions were in sum.
func writeSummary(t *page.Page, s simulate.Summary) {
	t.Section("In sum")
	if s.Failed > 0 {
		t.Line("Failed", fmt.Sprintf("%d of %d, which are not counted below", s.Failed, s.Count))
	}
	writeQuantiles(t, "Downtime", s.Downtime, humanize.Milliseconds)
	writeAccuracy(t, s)
}

// writeAccuracy writes how right predictions were.
func writeAccuracy(t *page.Page, s simulate.Summary) {
	t.Line("Switched over",
		orDash(s.Converged, inPercent)+", predicted "+orDash(s.ConvergenceProbability, humanize.Probability))
	if e := s.RelativeError; e != nil {
		t.Line("Off by", fmt.Sprintf("median %s, mean %s, p90 %s, p99 %s, best %s, worst %s",
			inPercent(e.Median), inPercent(e.Mean), inPercent(e.P90), inPercent(e.P99), inPercent(e.Min), inPercent(e.Max)))
		t.Line("Within a quarter",
			orDash(s.Within25, inPercent)+", predicted "+orDash(s.MeanConfidence, humanize.Probability))
		t.Line("Interval", "held "+orDash(s.Coverage90, inPercent)+", predicted 90 %")
	}
}

// orDash returns a figure as a person says it, a dash where it is not known.
func orDash(v *float64, say func(float64) string) string {
	if v == nil {
		return "-"
	}
	return say(*v)
}

// whole returns a figure without its fraction.
func whole(v float64) string { return fmt.Sprintf("%.0f", v) }

// inPercent returns a share that was counted, which may well be all or nothing.
func inPercent(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

// clipped returns a name cut to so many characters.
func clipped(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}
