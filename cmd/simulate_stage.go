package cmd

import (
	"context"
	"fmt"
	"iter"
	"time"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/simulate"
)

// staged is a run before it begins.
type staged struct {
	mode  simulate.Mode
	given migration.Features // by flags
	host  migration.Features // what this machine told of itself last
	total int                // migrations, 0 where nobody knows
	vms   simulate.VMs
	back  simulate.Backend

	// records are migrations that were carried out already; nil: the back end does.
	records iter.Seq2[migration.Record, error]
}

// stage puts together which VMs the physics migrates.
func (o SimulateOptions) stage(ctx context.Context, e *env, x migration.Features) (*staged, error) {
	r := &staged{mode: simulate.Single, given: x, total: o.count, back: simulate.Physics{Speed: o.speed}}
	var err error
	switch {
	case o.continuous:
		o.stageContinuous(ctx, e, r)
	case o.stress || len(o.scenarios) > 0:
		err = o.stageScenarios(r)
	case o.replay != "":
		err = o.stageReplay(ctx, e, r)
	case o.fleet > 0:
		r.mode, r.total, r.records = simulate.OfFleet, o.fleet, simulate.FleetRecords(o.seed, o.fleet)
	default:
		err = o.stageSingle(ctx, e, r)
	}
	return r, err
}

// stageSingle migrates one VM, as busy as this machine is now.
func (o SimulateOptions) stageSingle(ctx context.Context, e *env, r *staged) error {
	if err := r.measure(ctx, e, liveInterval); err != nil {
		return err
	}
	r.vms = simulate.Same(simulate.Fill(r.given, r.host), o.count)
	return nil
}

// stageContinuous measures this machine anew for each migration.
func (o SimulateOptions) stageContinuous(ctx context.Context, e *env, r *staged) {
	r.mode, r.total = simulate.Continuous, 0
	if o.given["count"] {
		r.total = o.count
	} else if o.duration > 0 {
		r.total = int(o.duration/o.interval) + 1
	}
	n := 0
	if o.given["count"] {
		n = o.count
	}
	r.vms = simulate.Repeat(ctx, o.interval, o.duration, n, func() simulate.VMs {
		return simulate.Measured(ctx, r.given, func(ctx context.Context) (migration.Features, error) {
			err := r.measure(ctx, e, min(liveInterval, o.interval/2)) // the next round is not to wait for it
			return r.host, err
		})
	})
}

// measure asks this machine what it tells of itself, over some time, but nothing where
// all of that is given.
func (r *staged) measure(ctx context.Context, e *env, over time.Duration) error {
	if simulate.Wanted(r.given.Known()) == 0 {
		return nil
	}
	s, err := e.snapshot(ctx, over)
	if err != nil {
		return fmt.Errorf("read this machine: %w", err)
	}
	r.host = s.Features()
	return nil
}

// stageScenarios migrates the VMs of the named scenarios.
func (o SimulateOptions) stageScenarios(r *staged) error {
	scenarios, err := simulate.NamedScenarios(o.scenarios...)
	if err != nil {
		return usage(err)
	}
	r.stageAll(simulate.Stress, simulate.Staged(scenarios, o.count, o.seed))
	return nil
}

// stageAll migrates VMs that are at hand, with what is given in place of theirs.
func (r *staged) stageAll(mode simulate.Mode, all []simulate.VM) {
	r.mode, r.total, r.vms = mode, len(all), simulate.Of(simulate.Overlay(all, r.given))
}

// stageReplay migrates VMs like the rows of a file; where a row says what came of its
// migration, that is taken as it was.
func (o SimulateOptions) stageReplay(ctx context.Context, e *env, r *staged) error {
	format, err := inputFormat(o.replay, "")
	if err != nil {
		return usage(err)
	}
	in, err := await(ctx, func() (*rows.File, error) {
		in, err := e.readRows("--replay", o.replay, format)
		return in, usage(err)
	})
	if err != nil {
		return err
	}
	var all []simulate.VM
	for i := range in.Rows {
		record := &in.Rows[i].Record
		vm := simulate.VM{Name: record.Group, Features: record.Features}
		if vm.Name == "" {
			vm.Name = fmt.Sprintf("row %d", i+1)
		}
		if o := &record.Outcome; o.Status != migration.StatusUnknown || o.SwitchedOver() {
			vm.Happened = record
		}
		all = append(all, vm)
	}
	r.stageAll(simulate.Replay, all)
	r.back = simulate.Physics{Speed: o.speed, Partial: true}
	return nil
}

// predictor is the model in this process, or the server that was named.
func (o SimulateOptions) predictor(e *env) (simulate.Predictor, error) {
	if o.url == "" {
		m, err := loadModel(o.model)
		return simulate.Local{Model: m, Ask: model.Ask{}}, err
	}
	remote, err := simulate.NewRemote(o.url, e.tokenFor(o.token), nil)
	if err != nil {
		return nil, usage(fmt.Errorf("--url: %w", err))
	}
	return remote, nil
}

// tokenFor is the bearer token that a flag gave, else that of the environment: a
// command line can be seen by others.
func (e *env) tokenFor(flag string) string {
	if flag != "" {
		return flag
	}
	return e.getenv("VMMP_TOKEN")
}
