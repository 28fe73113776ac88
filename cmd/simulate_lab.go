package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/sweep"
	"vmmp/pkg/simulate"
)

// perDraw is how many guests of an endless run are spread evenly over what guests can be.
const perDraw = 20

// simulateReal makes real migrations.
func (o *simulateFlags) simulateReal(ctx context.Context, e *env, p simulate.Predictor) (err error) {
	r := &o.request
	back := simulate.QEMU{Config: lab.Config{QEMU: o.backend.qemu, Kernel: o.backend.kernel}, Draw: r.Count}
	if o.backend.sweep != "" {
		if back.Plan, err = readPlan(o.backend.sweep); err != nil {
			return usage(err)
		}
		if !o.given["count"] {
			r.Count = len(back.Plan.Migrations())
		}
	}
	if faults := back.Check(r.Given); len(faults) > 0 {
		return usage(flagFaults(faults).Err())
	}
	if o.backend.record != "" {
		if back.Record, err = sweep.OpenRecorder(o.backend.record); err != nil {
			return usage(err)
		}
		defer func() { err = errors.Join(err, back.Record.Close()) }()
	}
	if r.Mode == simulate.Continuous {
		back.Draw = perDraw
	}
	r.Backend = back
	if err = o.show(ctx, e, p); errors.Is(err, lab.ErrParts) {
		return usage(err)
	}
	return err
}

// readPlan reads the plan of --sweep.
func readPlan(path string) (*sweep.Plan, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--sweep: %w", err)
	}
	defer file.Close()
	p, err := sweep.ReadPlan(file)
	if err != nil {
		return nil, fmt.Errorf("--sweep %s: %w", path, err)
	}
	return &p, nil
}
