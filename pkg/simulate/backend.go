package simulate

import (
	"context"
	"iter"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/population"
)

// Backend carries out migrations.
type Backend interface {
	// Check lists what speaks against migrating a VM of which x is known.
	Check(x migration.Features) migration.Faults

	// Migrate migrates VMs of which Check lists nothing, one after the other, and yields each as soon as it is over:
	// its features are what was known of the VM, and what the back end measured of it beside, its group the VM's
	// name. It asks for a VM when the one before it is over. An error ends the sequence: that of vms, ctx's, or its
	// own. Where a back end can repeat itself, record i depends on VM i, the seed and i alone.
	Migrate(ctx context.Context, vms VMs, seed uint64) iter.Seq2[migration.Record, error]
}

// Physics is the back end that computes migrations of guests of the simulated fleet, population.Like: with the noise,
// the stalls and the failures of real runs. It repeats itself. What has happened already it takes as it was.
type Physics struct {
	// Speed is how many times as fast as they would really go migrations are carried out: 1 is real time, 0 as fast
	// as they are computed.
	Speed float64

	// Partial allows VMs of which less is known than a single request requires, as of the rows of a file.
	Partial bool
}

// Check implements Backend.
func (p Physics) Check(x migration.Features) migration.Faults {
	if p.Partial {
		return x.CheckBounds()
	}
	return x.Validate()
}

// Migrate implements Backend.
func (p Physics) Migrate(ctx context.Context, vms VMs, seed uint64) iter.Seq2[migration.Record, error] {
	return func(yield func(migration.Record, error) bool) {
		i := uint64(0)
		for vm, err := range vms {
			var r migration.Record
			if err == nil {
				r, err = p.migrate(ctx, vm, seed, i)
			}
			if !yield(r, err) || err != nil {
				return
			}
			i++
		}
	}
}

// migrate computes one migration.
func (p Physics) migrate(ctx context.Context, vm VM, seed, i uint64) (migration.Record, error) {
	if err := ctx.Err(); err != nil {
		return migration.Record{}, err
	}
	r := migration.Record{Features: vm.Features, Group: vm.Name, Source: migration.SourcePrecopy}
	if vm.Happened != nil {
		r.Outcome, r.Source = vm.Happened.Outcome, vm.Happened.Source
		return r, nil
	}
	r.Outcome = population.Like(vm.Features, seed, i).Outcome
	if p.Speed <= 0 {
		return r, nil
	}
	took := min(r.Outcome.TotalTimeMS/p.Speed, longestMS)
	return r, sleep(ctx, time.Duration(took*float64(time.Millisecond)))
}

// longestMS is more than anybody waits, and less than time.Duration holds.
const longestMS = 1e12
