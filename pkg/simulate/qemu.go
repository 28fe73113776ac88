package simulate

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"vmmp/pkg/lab"
	"vmmp/pkg/migration"
)

// QEMU is the back end that makes real migrations between two local QEMUs, package
// lab. No two of its runs are alike.
type QEMU struct {
	Config lab.Config
	Plan   *lab.Plan     // what to migrate; nil: a draw over all that the lab's guests can be
	Record *lab.Recorder // where migrations are recorded, and told from those still to be made; nil: nowhere
}

// settable is what the lab is told; everything else of a guest it measures.
var settable = migration.Of(migration.MemoryMiB, migration.VCPUs, migration.NetworkBandwidth, migration.BandwidthCap,
	migration.DowntimeLimitMS, migration.AutoConverge)

// Check implements Backend.
func (q QEMU) Check(x migration.Features, n int) migration.Faults {
	var faults migration.Faults
	for f := range (x.Known() &^ settable).All() {
		faults = append(faults, migration.Fault{Location: f.String(), Message: "is measured of each guest and cannot be given; leave it out", Value: x.Get(f)})
	}
	for _, fault := range x.Validate() {
		if f, ok := migration.Lookup(fault.Location); ok && x.Known().Has(f) && settable.Has(f) {
			faults = append(faults, fault)
		}
	}
	if least := float64(lab.LeastMemoryMiB); x.Get(migration.MemoryMiB) < least {
		faults = append(faults, migration.Fault{Location: migration.MemoryMiB.String(),
			Message: fmt.Sprintf("must be %g MiB or more, for the guest's kernel and program", least), Value: x.Get(migration.MemoryMiB)})
	}
	if n < 1 {
		faults = append(faults, migration.Fault{Location: "count", Message: "must be 1 or more", Value: n})
	}
	return faults
}

// Migrate implements Backend. The features of each record are what was measured of
// its guest, and how it was moved.
func (q QEMU) Migrate(ctx context.Context, x migration.Features, n int, seed uint64) iter.Seq2[migration.Record, error] {
	return func(yield func(migration.Record, error) bool) {
		plan := lab.DefaultPlan(n, seed)
		if q.Plan != nil {
			plan = *q.Plan
		}
		plan = plan.Fix(x)
		q.Config.Seed = seed
		l, err := lab.Open(q.Config)
		if err != nil {
			yield(migration.Record{}, err)
			return
		}
		open := true
		err = q.sweep(ctx, l, q.left(plan, n), func(r migration.Record) bool {
			open = yield(r, nil)
			return open
		})
		if err = errors.Join(err, l.Close()); err != nil && open {
			yield(migration.Record{}, err)
		}
	}
}

// left is the first n of a plan's migrations that are not recorded yet.
func (q QEMU) left(plan lab.Plan, n int) iter.Seq[lab.Planned] {
	return func(yield func(lab.Planned) bool) {
		for _, p := range plan.Migrations() {
			if q.Record != nil && q.Record.Has(p.ID) {
				continue
			}
			if n--; n < 0 || !yield(p) {
				return
			}
		}
	}
}

// sweep carries migrations out, and records each before it is yielded.
func (q QEMU) sweep(ctx context.Context, l *lab.Lab, planned iter.Seq[lab.Planned], yield func(migration.Record) bool) error {
	for row, err := range l.Sweep(ctx, planned) {
		if err != nil {
			return err
		}
		if q.Record != nil {
			if err := q.Record.Add(&row); err != nil {
				return err
			}
		}
		if !yield(row.Record) {
			return nil
		}
	}
	return nil
}
