package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/simulation"
	"vmmp/pkg/atomicfile"
	"vmmp/pkg/simulate"
)

// simulationView shows a run as it comes.
type simulationView struct {
	add func(m *simulate.Migration, soFar *simulate.Accumulator) error
	end func(r *simulate.Result) error // r holds single migrations only where somebody asked for them
}

// show executes a run and shows it in the form that was asked for. One that is interrupted, or fails on the way,
// is shown as far as it came.
func (o *simulateFlags) show(ctx context.Context, e *env, p simulate.Predictor) error {
	o.request.Keep = o.output.keeps() || o.output.form == "json" || o.onOnePage()
	run, err := o.request.Begin(ctx, p)
	if err != nil {
		return err
	}
	view := o.view(e, run)
	for m, err := range run.Migrations() {
		if err != nil {
			return o.ended(e, view, run, err)
		}
		if err := view.add(&m, &run.SoFar); err != nil {
			return err
		}
	}
	return o.ended(e, view, run, nil)
}

// ended shows what a run has come to; fault is why it ended early.
func (o *simulateFlags) ended(e *env, view simulationView, run *simulate.Run, fault error) error {
	r := run.Result()
	if r.Count == 0 && fault != nil {
		return fault
	}
	return errors.Join(fault, view.end(&r), o.output.keep(e, &r))
}

// view returns how the run is shown.
func (o *simulateFlags) view(e *env, run *simulate.Run) simulationView {
	atTheEnd := func(*simulate.Migration, *simulate.Accumulator) error { return nil }
	switch {
	case o.output.form == "json":
		return simulationView{atTheEnd, func(r *simulate.Result) error { return e.writeJSON(r) }}
	case o.output.inRows():
		rows := simulation.NewRows(e.stdout, o.output.form)
		add := func(m *simulate.Migration, _ *simulate.Accumulator) error { return wrapWrite(rows.Write(m)) }
		return simulationView{add, func(*simulate.Result) error { o.noticeSeed(e); return nil }}
	case o.onOnePage():
		return simulationView{atTheEnd, func(r *simulate.Result) error {
			return e.writePage(func(t *page.Page) { simulation.Page(t, o.request.Given, r) })
		}}
	}
	return o.tableView(e, run)
}

// tableView adds a line for each migration, and leaves a summary at the end.
func (o *simulateFlags) tableView(e *env, run *simulate.Run) simulationView {
	table := simulation.NewTable(e.newLive(), e.colored(), e.now, run, o.backend.name == backendQEMU)
	add := func(m *simulate.Migration, soFar *simulate.Accumulator) error { return wrapWrite(table.Add(m, soFar)) }
	return simulationView{add, func(r *simulate.Result) error {
		if err := table.End(); err != nil {
			return wrapWrite(err)
		}
		return e.writePage(func(t *page.Page) { table.Summary(t, r) })
	}}
}

// onOnePage reports whether a run that is shown as text is over before anybody could look on.
func (o *simulateFlags) onOnePage() bool {
	return o.output.form == "text" && o.request.Mode == simulate.Single &&
		o.backend.name == backendPrecopy && o.request.Speed == 0
}

// noticeSeed reports the seed that was drawn, where a reader of rows could not see it.
func (o *simulateFlags) noticeSeed(e *env) {
	if !o.given["seed"] && o.backend.name != backendQEMU {
		fmt.Fprintf(e.stderr, "vmmp: --seed %d repeats these migrations, where the features are the same\n", o.request.Seed)
	}
}

// keep writes the files that were asked for.
func (o *simulationOutput) keep(e *env, r *simulate.Result) error {
	if o.save {
		now := e.now()
		text, err := json.MarshalIndent(r.Save(now.UTC().Truncate(time.Millisecond)), "", "  ")
		if err != nil {
			return fmt.Errorf("save the run: %w", err)
		}
		if err := keepFile(e, simulate.SavedName(now), append(text, '\n')); err != nil {
			return err
		}
	}
	if o.plot != "" {
		var svg bytes.Buffer
		if err := simulate.Plot(&svg, r.Simulations); err != nil {
			return err
		}
		return keepFile(e, o.plot, svg.Bytes())
	}
	return nil
}

// keepFile writes a file and says so.
func keepFile(e *env, path string, data []byte) error {
	if err := atomicfile.Write(path, data); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "vmmp: wrote %s\n", path)
	return nil
}
