package cmd

import (
	"context"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/pkg/model"
	"vmmp/pkg/stress"
)

// runStressMachine loads this machine and shows what comes of it, however the load ends.
func runStressMachine(ctx context.Context, e *env, flags machineFlags, output string, given map[string]bool) error {
	if err := checkOutput(output, "text", "json", "ndjson"); err != nil {
		return err
	}
	load, err := flags.parse(ctx, given)
	if err != nil {
		return err
	}
	m, err := loadModel(flags.model)
	if err != nil {
		return err
	}
	shown, err := showMetrics(ctx, e, flags.metrics)
	if err != nil {
		return err
	}
	defer shown.close()
	predicted := func(o stress.Observation) render.Observation {
		return render.Observation{Observation: o, Prediction: m.Predict(o.Features, model.Options{})}
	}
	view := render.NewLoadView(e.newLive(), e.colored(), output, load)
	view.Measuring()
	monitor := stress.Monitor{
		Load: load, Read: e.snapshot,
		Quiet: func(o stress.Observation) { view.Begin(predicted(o)) },
		Loaded: func(seen stress.Observation) error {
			o := predicted(seen)
			shown.show(o)
			return wrapWrite(view.Show(o))
		},
	}
	s, err := monitor.Run(ctx)
	if s == nil {
		view.End() //nolint:errcheck // a fault of writing is err already
		return err
	}
	summary := render.LoadSummary{Quiet: predicted(s.Quiet), Load: s.Load, Interrupted: s.Interrupted}
	if s.Loaded != nil {
		summary.Loaded = new(predicted(*s.Loaded))
	}
	if fault := writeLoad(e, output, view, load, summary); fault != nil {
		return fault
	}
	return err
}

// writeLoad ends the view with what came of the load.
func writeLoad(e *env, output string, view *render.LoadView, load stress.Load, s render.LoadSummary) error {
	result := render.NewLoadResult(s)
	view.KeepSummary(result)
	if err := wrapWrite(view.End()); err != nil {
		return err
	}
	switch output {
	case "json":
		return e.writeJSON(result)
	case "text":
		return e.writePage(func(t *page.Page) { render.Load(t, load, s) })
	}
	return nil
}
