package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/sweep"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// Back ends of `vmmp simulate`.
const (
	backendPrecopy = "precopy"
	backendQEMU    = "qemu"
)

// labFlags are those of real migrations.
type labFlags struct {
	record string
	sweep  string
	kernel string
	qemu   string
}

// runLab makes real migrations.
func (o SimulateOptions) runLab(ctx context.Context, e *env, p simulate.Predictor, x migration.Features) (err error) {
	back := simulate.QEMU{Config: lab.Config{QEMU: o.lab.qemu, Kernel: o.lab.kernel}, Draw: o.count}
	r := &staged{mode: simulate.Single, given: x, total: o.count}
	if o.lab.sweep != "" {
		if back.Plan, err = readPlan(o.lab.sweep); err != nil {
			return usage(err)
		}
		if !o.given["count"] {
			r.total = len(back.Plan.Migrations())
		}
	}
	if faults := back.Check(x); len(faults) > 0 {
		return usage(flagFaults(faults).Err())
	}
	if o.lab.record != "" {
		if back.Record, err = sweep.OpenRecorder(o.lab.record); err != nil {
			return usage(err)
		}
		defer func() { err = errors.Join(err, back.Record.Close()) }()
	}
	r.vms = simulate.Same(x, r.total)
	if o.continuous {
		o.stageContinuousLab(ctx, r, &back)
	}
	r.back = back
	if err = o.run(ctx, e, p, r); errors.Is(err, lab.ErrParts) {
		return usage(err)
	}
	return err
}

// perDraw is how many guests of an endless run are spread evenly over what guests can
// be.
const perDraw = 20

// stageContinuousLab makes a real migration every interval.
func (o SimulateOptions) stageContinuousLab(ctx context.Context, r *staged, back *simulate.QEMU) {
	r.mode, r.total, back.Draw = simulate.Continuous, 0, perDraw
	if o.given["count"] {
		r.total = o.count
	}
	x := r.given
	r.vms = simulate.Repeat(ctx, o.interval, o.duration, r.total, func() simulate.VMs { return simulate.Same(x, 1) })
}

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
