package render

import (
	"fmt"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/prediction"
	"vmmp/pkg/stress"
)

// Load sets the quiet machine beside the loaded one.
func Load(t *page.Page, load stress.Load, s LoadSummary) {
	t.Line("Load", describeLoad(load))
	ended := ""
	if s.Interrupted {
		ended = ", interrupted"
	}
	t.Line("Lasted", fmt.Sprintf("%.1f s%s", s.Load.Elapsed.Seconds(), ended))
	t.Section("Held")
	for _, r := range s.Load.Stressors {
		t.Line("  "+string(r.Stressor), held(r))
	}
	fmt.Fprintf(t, "\n%s%14s%14s\n", t.Bold(terminal.Pad("This machine", page.LabelWidth)), "quiet", "loaded")
	writeBeside(t, "Dirty rate", s, func(o Observation) string {
		return humanize.OrDash(o.DirtyRate, inUnit("%.1f MiB/s"))
	})
	for _, g := range gauges[:len(gauges)-1] {
		writeBeside(t, g.name, s, g.of)
	}
	writePrediction := func(label string, say func(prediction.Prediction) string) {
		writeBeside(t, label, s, func(o Observation) string { return say(o.Prediction) })
	}
	writePrediction("Predicted downtime", func(p prediction.Prediction) string {
		return humanize.Milliseconds(p.PredictedDowntime)
	})
	writePrediction("90 % from", func(p prediction.Prediction) string { return humanize.Milliseconds(p.Interval.Lower) })
	writePrediction("to", func(p prediction.Prediction) string { return humanize.Milliseconds(p.Interval.Upper) })
	writePrediction("Converges", func(p prediction.Prediction) string {
		return humanize.Probability(p.ConvergenceProbability)
	})
}

// writeBeside writes a figure of the quiet and of the loaded machine.
func writeBeside(t *page.Page, label string, s LoadSummary, say func(Observation) string) {
	loaded := "-"
	if s.Loaded != nil {
		loaded = say(*s.Loaded)
	}
	fmt.Fprintf(t, "%s%14s%14s\n", terminal.Pad(label, page.LabelWidth), say(s.Quiet), loaded)
}
