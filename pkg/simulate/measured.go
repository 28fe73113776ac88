package simulate

import (
	"context"

	"vmmp/pkg/migration"
)

// Measure asks a machine what it tells of itself.
type Measure = func(context.Context) (migration.Features, error)

// measured returns one VM: what is given, and what a machine tells of itself now for what
// that leaves open. It measures when it is asked for the VM.
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

// wanted returns what would be taken of a machine beside given features; when it is
// empty, there is no need to measure one. The resident memory of one machine says
// nothing of a VM with other RAM, or with another part of it in use.
func wanted(given migration.Set) migration.Set {
	wanted := measurable &^ given
	if given.Has(migration.MemoryMiB) || given.Has(migration.MemoryUsage) {
		wanted &^= migration.Of(migration.ResidentMiB)
	}
	return wanted
}

// fill returns what is given of a VM, and what a machine told of itself for what that
// leaves open.
func fill(given, host migration.Features) migration.Features {
	x := given
	for f := range (wanted(given.Known()) & host.Known()).All() {
		x = x.With(f, host)
	}
	return x
}
