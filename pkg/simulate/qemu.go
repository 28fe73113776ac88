package simulate

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/sweep"
	"vmmp/pkg/migration"
)

// QEMU is the back end that makes real migrations between two local QEMUs, package lab. No two of its runs are alike.
type QEMU struct {
	Config lab.Config
	Plan   *sweep.Plan     // what to migrate; nil: draws over all that the lab's guests can be
	Draw   int             // guests in one such draw, which are spread evenly over it; 0: 1
	Record *sweep.Recorder // where migrations are recorded, and told from those still to be made; nil: nowhere
}

// settable is what the lab is told; everything else of a guest it measures.
var settable = migration.Of(migration.MemoryMiB, migration.VCPUs, migration.NetworkBandwidth, migration.BandwidthCap,
	migration.DowntimeLimitMS, migration.AutoConverge)

// Check implements Backend.
func (q QEMU) Check(x migration.Features) migration.Faults {
	var faults migration.Faults
	for f := range (x.Known() &^ settable).All() {
		faults = append(faults, migration.Fault{Location: f.String(), Value: x.Value(f),
			Message: "is measured of each guest, or not to be had in the lab, and cannot be given; leave it out"})
	}
	for _, fault := range x.Validate() {
		if f, ok := migration.Lookup(fault.Location); ok && x.Known().Has(f) && settable.Has(f) {
			faults = append(faults, fault)
		}
	}
	if least := float64(q.platform().Guest.MinMemoryMiB()); x.Get(migration.MemoryMiB) < least {
		faults = append(faults, migration.Fault{Location: migration.MemoryMiB.String(), Value: x.Get(migration.MemoryMiB),
			Message: fmt.Sprintf("must be %g MiB or more, for the guest's kernel and program", least)})
	}
	return faults
}

// Migrate implements Backend. The features of each record are what was measured of
// its guest, and how it was moved. It ends early when all of the plan is recorded.
func (q QEMU) Migrate(ctx context.Context, vms VMs, seed uint64) iter.Seq2[migration.Record, error] {
	return func(yield func(migration.Record, error) bool) {
		q.Config.Seed = seed
		l, err := lab.Open(q.platform().Config(q.Config))
		if err != nil {
			yield(migration.Record{}, err)
			return
		}
		open := true
		var unasked error // why there are no more VMs
		err = q.sweep(ctx, l, q.planned(vms, seed, &unasked), func(r migration.Record) bool {
			open = yield(r, nil)
			return open
		})
		if err = errors.Join(err, unasked, l.Close()); err != nil && open {
			yield(migration.Record{}, err)
		}
	}
}

// platform returns what the guests run on.
func (q QEMU) platform() sweep.Platform {
	if q.Plan == nil {
		return sweep.Platform{}
	}
	return q.Plan.Platform
}

// planned yields the migrations that stand for vms; fault is set to the error that ended those.
func (q QEMU) planned(vms VMs, seed uint64, fault *error) iter.Seq[sweep.Planned] {
	return func(yield func(sweep.Planned) bool) {
		var fixed migration.Features
		next, stop := iter.Pull(q.left(fixed, seed))
		defer func() { stop() }()
		for vm, err := range vms {
			if err != nil {
				*fault = err
				return
			}
			if !vm.Features.Equal(fixed) {
				stop()
				fixed = vm.Features
				next, stop = iter.Pull(q.left(fixed, seed))
			}
			if p, more := next(); !more || !yield(p) {
				return
			}
		}
	}
}

// left yields the migrations that are not recorded yet: of the plan, or of one draw after the other.
func (q QEMU) left(fixed migration.Features, seed uint64) iter.Seq[sweep.Planned] {
	return func(yield func(sweep.Planned) bool) {
		for ; ; seed++ {
			plan := sweep.DefaultPlan(max(1, q.Draw), seed)
			if q.Plan != nil {
				plan = *q.Plan
			}
			for _, p := range plan.Fix(fixed).Migrations() {
				if q.Record != nil && q.Record.Has(p.ID) {
					continue
				}
				if !yield(p) {
					return
				}
			}
			if q.Plan != nil {
				return
			}
		}
	}
}

// sweep executes migrations, and records each before it is yielded.
func (q QEMU) sweep(
	ctx context.Context, l *lab.Lab, planned iter.Seq[sweep.Planned], yield func(migration.Record) bool,
) error {
	for row, err := range sweep.Run(ctx, l, planned) {
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
