package cmd

import (
	"context"
	"errors"
	"fmt"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/simulation"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// simulationView shows a run as it comes.
type simulationView interface {
	add(m *simulate.Migration, soFar *simulate.Accumulator) error
	// end is told all of the run, of which it holds single migrations only where somebody asked for them.
	end(r *simulate.Result) error
}

// show carries a run out and shows it in the form that was asked for. One that is interrupted, or fails on the way, is
// shown as far as it came.
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
	switch {
	case o.output.form == "json":
		return jsonView{e}
	case o.output.inRows():
		return rowView{simulation.NewRows(e.stdout, o.output.form), o.seedNotice(e)}
	case o.onOnePage():
		return pageView{e, o.request.Given}
	}
	return tableView{simulation.NewTable(e.newLive(), e.colored(), e.now, run, o.backend.name == backendQEMU), e}
}

// onOnePage reports whether a run that is shown as text is over before anybody could look on.
func (o *simulateFlags) onOnePage() bool {
	return o.output.form == "text" && o.request.Mode == simulate.Single && o.backend.name == backendPrecopy && o.request.Speed == 0
}

// seedNotice returns what tells the seed that was drawn, where a reader of rows could not see it.
func (o *simulateFlags) seedNotice(e *env) func() {
	return func() {
		if !o.given["seed"] && o.backend.name != backendQEMU {
			fmt.Fprintf(e.stderr, "vmmp: --seed %d repeats these migrations, where the features are the same\n", o.request.Seed)
		}
	}
}

// jsonView writes the whole run at its end.
type jsonView struct{ e *env }

func (jsonView) add(*simulate.Migration, *simulate.Accumulator) error { return nil }
func (j jsonView) end(r *simulate.Result) error                       { return j.e.writeJSON(r) }

// pageView writes a page at the end.
type pageView struct {
	e     *env
	given migration.Features
}

func (pageView) add(*simulate.Migration, *simulate.Accumulator) error { return nil }
func (p pageView) end(r *simulate.Result) error {
	return p.e.writePage(func(t *page.Page) { simulation.Page(t, p.given, r) })
}

// rowView writes each migration as a row.
type rowView struct {
	simulation.Rows
	after func()
}

func (v rowView) add(m *simulate.Migration, _ *simulate.Accumulator) error {
	return wrapWrite(v.Write(m))
}

func (v rowView) end(*simulate.Result) error {
	v.after()
	return nil
}

// tableView adds a line for each migration, and leaves a summary at the end.
type tableView struct {
	table *simulation.Table
	e     *env
}

func (v tableView) add(m *simulate.Migration, soFar *simulate.Accumulator) error {
	return wrapWrite(v.table.Add(m, soFar))
}

func (v tableView) end(r *simulate.Result) error {
	if err := v.table.End(); err != nil {
		return wrapWrite(err)
	}
	return v.e.writePage(func(t *page.Page) { v.table.Summary(t, r) })
}
