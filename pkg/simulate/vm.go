package simulate

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/population"
)

// VM is a virtual machine to migrate.
type VM struct {
	Name     string // the scenario, row or VM of a fleet that it is; empty: this machine
	Features migration.Features

	// Happened is its migration where that is recorded already: the physics takes it as it was. nil: it has not happened.
	Happened *migration.Record
}

// VMs are virtual machines to migrate, one after the other. An error ends them: ctx's when it ends, or that of a
// measurement.
type VMs = iter.Seq2[VM, error]

// same returns n times a VM of which x is known.
func same(x migration.Features, n int) VMs {
	return func(yield func(VM, error) bool) {
		for range n {
			if !yield(VM{Features: x}, nil) {
				return
			}
		}
	}
}

// of returns VMs that are at hand.
func of(all []VM) VMs {
	return func(yield func(VM, error) bool) {
		for _, vm := range all {
			if !yield(vm, nil) {
				return
			}
		}
	}
}

// Measure asks a machine what it tells of itself.
type Measure = func(context.Context) (migration.Features, error)

// measured returns one VM: what is given, and what a machine tells of itself now for what that leaves open. It
// measures when it is asked for the VM.
func measured(ctx context.Context, given migration.Features, measure Measure) VMs {
	return func(yield func(VM, error) bool) {
		host, err := measure(ctx)
		if err != nil {
			yield(VM{}, err)
			return
		}
		yield(VM{Features: fill(given, host)}, nil)
	}
}

// measurable is what a machine tells of itself.
var measurable = migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.NetworkBandwidth,
	migration.MemoryMiB, migration.ResidentMiB, migration.VCPUs)

// wanted returns what would be taken of a machine beside given features; when it is empty, there is no need to measure
// one. The resident memory of one machine says nothing of a VM with other RAM, or with another part of it in use.
func wanted(given migration.Set) migration.Set {
	wanted := measurable &^ given
	if given.Has(migration.MemoryMiB) || given.Has(migration.MemoryUsage) {
		wanted &^= migration.Of(migration.ResidentMiB)
	}
	return wanted
}

// fill returns what is given of a VM, and what a machine told of itself for what that leaves open.
func fill(given, host migration.Features) migration.Features {
	x := given
	for f := range (wanted(given.Known()) & host.Known()).All() {
		x = x.With(f, host)
	}
	return x
}

// fleetStream keeps the VMs of a fleet apart from those that the same seed draws for learning.
const fleetStream = 0x666c656574

// fleetVM returns VM i of a made-up fleet, all of it known, and what the physics made of its migration:
// population.Fleet.
func fleetVM(seed uint64, i int) (VM, migration.Outcome) {
	d := population.Fleet.At(seed^fleetStream, uint64(i))
	return VM{Name: d.Group, Features: d.Features}, d.Outcome
}

// fleetVMs returns the first n of a fleet.
func fleetVMs(seed uint64, n int) []VM {
	all := make([]VM, n)
	for i := range all {
		all[i], _ = fleetVM(seed, i)
	}
	return all
}

// fleetRecords yields the migrations of the first n of a fleet, until ctx ends.
func fleetRecords(ctx context.Context, seed uint64, n int) iter.Seq2[migration.Record, error] {
	return func(yield func(migration.Record, error) bool) {
		for i := range n {
			vm, o := fleetVM(seed, i)
			r := migration.Record{Features: vm.Features, Outcome: o, Group: vm.Name, Source: migration.SourcePrecopy}
			if err := ctx.Err(); !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// rowVMs returns VMs like rows of a file, which are called by their numbers where they have no group.
func rowVMs(rows []migration.Record) []VM {
	all := make([]VM, len(rows))
	for i := range rows {
		r := &rows[i]
		all[i] = VM{Name: cmp.Or(r.Group, fmt.Sprintf("row %d", i+1)), Features: r.Features}
		if r.Outcome.Status != migration.StatusUnknown || r.Outcome.SwitchedOver() {
			all[i].Happened = r
		}
	}
	return all
}

// overlay returns VMs with what is given in place of what is known of them.
func overlay(vms []VM, given migration.Features) []VM {
	changed := slices.Clone(vms)
	for i := range changed {
		changed[i].Features = given.Or(changed[i].Features)
	}
	return changed
}

// repeat begins a round of VMs every interval, until there were n of them, 0 for no end, or until duration has
// passed, 0 for no end. A round that takes longer makes the next one wait for the interval after. It ends with ctx,
// in good order: that is how whoever looks at it ends it.
func repeat(ctx context.Context, interval, duration time.Duration, n int, round func() VMs) VMs {
	return func(yield func(VM, error) bool) {
		start := time.Now()
		for k := 0; n == 0 || k < n; k++ {
			for vm, err := range round() {
				if !yield(vm, err) || err != nil {
					return
				}
			}
			wait := interval - time.Since(start)%interval
			if duration > 0 && time.Since(start)+wait > duration || n > 0 && k+1 == n {
				return
			}
			if err := sleep(ctx, wait); err != nil {
				yield(VM{}, err)
				return
			}
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
