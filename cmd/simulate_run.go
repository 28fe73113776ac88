package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"vmmp/pkg/client"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/simulate"
)

// audience is shown migrations as they come.
type audience interface {
	take(m *simulate.Migration, soFar *simulate.Tally) error
	// end is told all of the run, of which it holds single migrations only where
	// somebody asked for them.
	end(r *simulate.Result) error
}

// run carries a run out and shows it in the form that was asked for. One that is
// interrupted, or fails on the way, is shown as far as it came.
func (o SimulateOptions) run(ctx context.Context, e *env, p simulate.Predictor, r *staged) error {
	shown, whole := o.audience(e, r)
	result := simulate.Result{Mode: r.mode, Seed: o.seed}
	var tally simulate.Tally
	var fault error
	for m, err := range o.reported(ctx, p, r.migrations(ctx, p, o.seed)) {
		if err != nil {
			fault = err
			break
		}
		tally.Add(&m)
		if err := shown.take(&m, &tally); err != nil {
			return err
		}
		if whole {
			result.Simulations = append(result.Simulations, m)
		}
		result.Count++
	}
	if result.Count == 0 && fault != nil {
		return fault
	}
	result.Host, result.Summary = r.host, tally.Summary()
	return errors.Join(fault, shown.end(&result), o.keep(e, &result))
}

// migrations are those of the run, each with its prediction.
func (r *staged) migrations(ctx context.Context, p simulate.Predictor, seed uint64) iter.Seq2[simulate.Migration, error] {
	if r.records != nil {
		return simulate.Judge(ctx, p, until(ctx, r.records))
	}
	return simulate.Stream(ctx, p, r.back, r.vms, seed)
}

// until ends records when ctx ends.
func until(ctx context.Context, records iter.Seq2[migration.Record, error]) iter.Seq2[migration.Record, error] {
	return func(yield func(migration.Record, error) bool) {
		for r, err := range records {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// reported tells the server what came of each migration, where that was asked for.
func (o SimulateOptions) reported(ctx context.Context, p simulate.Predictor, all iter.Seq2[simulate.Migration, error]) iter.Seq2[simulate.Migration, error] {
	remote, ok := p.(*client.Client)
	if !ok || !o.report {
		return all
	}
	return func(yield func(simulate.Migration, error) bool) {
		for m, err := range all {
			if err == nil {
				record := m.Record()
				record.At = m.At
				err = remote.Record(ctx, []migration.Record{record})
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// audience is whoever the run is shown to, and whether they want to have every single
// migration at its end.
func (o SimulateOptions) audience(e *env, r *staged) (shown audience, whole bool) {
	switch {
	case o.output == "json":
		return jsonAudience{e}, true
	case o.output != "text":
		return &rowAudience{newMigrationWriter(e.stdout, o.output), o.seedNotice(e)}, o.keeps()
	case r.mode == simulate.Single && o.backend == backendPrecopy && o.speed == 0:
		return pageAudience{e, r.given}, true
	}
	return newWatch(e, r, o), o.keeps()
}

// seedNotice tells the seed that was drawn, where a reader of rows could not see it.
func (o SimulateOptions) seedNotice(e *env) func() {
	return func() {
		if !o.given["seed"] && o.backend != backendQEMU {
			fmt.Fprintf(e.stderr, "vmmp: --seed %d repeats these migrations, where the features are the same\n", o.seed)
		}
	}
}

// jsonAudience writes the whole run at its end.
type jsonAudience struct{ e *env }

func (jsonAudience) take(*simulate.Migration, *simulate.Tally) error { return nil }
func (j jsonAudience) end(r *simulate.Result) error                  { return j.e.writeJSON(r) }

// pageAudience writes a page at the end.
type pageAudience struct {
	e     *env
	given migration.Features
}

func (pageAudience) take(*simulate.Migration, *simulate.Tally) error { return nil }
func (p pageAudience) end(r *simulate.Result) error                  { return p.e.writeSimulation(p.given, *r) }

// keeps says whether the run is to be kept in files.
func (o SimulateOptions) keeps() bool { return o.save || o.plot != "" }

// keep writes the files that were asked for.
func (o SimulateOptions) keep(e *env, r *simulate.Result) error {
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
	if err := model.ReplaceFile(path, data); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "vmmp: wrote %s\n", path)
	return nil
}
