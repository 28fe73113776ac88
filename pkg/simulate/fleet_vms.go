package simulate

import (
	"context"
	"iter"

	"vmmp/pkg/migration"
	"vmmp/pkg/population"
)

// fleetStream keeps the VMs of a fleet apart from those that the same seed draws for
// learning.
const fleetStream = 0x666c656574

// fleetVM returns VM i of a made-up fleet, all of it known, and what the physics made of its
// migration: population.Fleet.
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
