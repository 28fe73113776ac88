package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"vmmp/pkg/lab"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
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
func (o SimulateOptions) runLab(ctx context.Context, e *env, m *model.Model, r simulate.Request) (err error) {
	back := simulate.QEMU{Config: lab.Config{QEMU: o.lab.qemu, Kernel: o.lab.kernel}}
	if o.lab.sweep != "" {
		if back.Plan, err = readPlan(o.lab.sweep); err != nil {
			return usage(err)
		}
		if !o.given["count"] {
			r.Count = len(back.Plan.Migrations())
		}
	}
	if faults := back.Check(r.Features, r.Count); len(faults) > 0 {
		return usage(flagFaults(faults).Err())
	}
	if o.lab.record != "" {
		if back.Record, err = lab.OpenRecorder(o.lab.record); err != nil {
			return usage(err)
		}
		defer func() { err = errors.Join(err, back.Record.Close()) }()
	}
	if o.output == "text" {
		err = e.writeLab(ctx, m, back, r)
	} else {
		err = o.write(ctx, e, m, back, r)
	}
	if errors.Is(err, lab.ErrParts) {
		return usage(err)
	}
	return err
}

func readPlan(path string) (*lab.Plan, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--sweep: %w", err)
	}
	defer file.Close()
	p, err := lab.ReadPlan(file)
	if err != nil {
		return nil, fmt.Errorf("--sweep %s: %w", path, err)
	}
	return &p, nil
}

// writeLab writes real migrations for a person, each as soon as it is over: they
// take seconds.
func (e *env) writeLab(ctx context.Context, m *model.Model, back simulate.QEMU, r simulate.Request) error {
	columns, _ := width(e.stdout)
	heading := fmt.Sprintf("%6s%10s%10s%12s%11s%22s%11s%11s  %s\n", "", "RAM", "link", "dirty rate", "predicted", "90 % interval", "measured", "total", "prediction")
	var all []simulate.Migration
	for done, err := range simulate.Stream(ctx, m, back, r) {
		if err != nil {
			return err
		}
		all = append(all, done)
		t := newText(e.colored(e.stdout), min(columns, 100))
		t.labRun(len(all), &all[len(all)-1])
		if _, err := fmt.Fprint(e.stdout, heading, t.String()); err != nil {
			return wrapWrite(err)
		}
		heading = ""
	}
	if len(all) < 2 {
		return nil
	}
	t := newText(e.colored(e.stdout), min(columns, 100))
	t.inSum(simulate.Summarise(all))
	_, err := fmt.Fprint(e.stdout, t.String())
	return wrapWrite(err)
}

// labRun writes one real migration.
func (t *text) labRun(n int, m *simulate.Migration) {
	value := func(f migration.Feature) string {
		return strings.TrimSpace(shortValue(m.Features, f) + " " + unitOf(f))
	}
	p := m.Prediction
	between := fmt.Sprintf("%s to %s", milliseconds(p.Interval.Lower), milliseconds(p.Interval.Upper))
	fmt.Fprintf(t, "%6d%10s%10s%12s%11s%22s%11s%11s  %s\n", n, value(migration.MemoryMiB), value(migration.NetworkBandwidth),
		value(migration.DirtyRate), milliseconds(p.PredictedDowntime), between,
		orDash(m.Outcome.DowntimeMS, milliseconds), orDash(m.Outcome.TotalTimeMS, span), t.verdict(m))
}
