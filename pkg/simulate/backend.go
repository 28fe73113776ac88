package simulate

import (
	"context"
	"fmt"
	"iter"

	"vmmp/pkg/migration"
	"vmmp/pkg/population"
)

// Backend carries out migrations.
type Backend interface {
	// Check lists what speaks against migrating n VMs of which x is known.
	Check(x migration.Features, n int) migration.Faults

	// Migrate migrates n VMs of which x is known, one after the other, and yields
	// each as soon as it is over: its features are x, and what the back end knows of
	// the VM beside. An error ends the sequence; when ctx ends, it is ctx's. Where a
	// back end can repeat itself, record i depends on x, the seed and i alone.
	Migrate(ctx context.Context, x migration.Features, n int, seed uint64) iter.Seq2[migration.Record, error]
}

// Physics is the back end that computes migrations of guests of the simulated
// fleet, population.Like. It repeats itself.
type Physics struct{}

// Check implements Backend.
func (Physics) Check(x migration.Features, n int) migration.Faults {
	faults := x.Validate()
	if n < 1 || n > MaxCount {
		faults = append(faults, migration.Fault{
			Location: "count", Message: fmt.Sprintf("must be 1 to %d migrations", MaxCount), Value: n,
		})
	}
	return faults
}

// Migrate implements Backend.
func (Physics) Migrate(ctx context.Context, x migration.Features, n int, seed uint64) iter.Seq2[migration.Record, error] {
	return func(yield func(migration.Record, error) bool) {
		next, stop := iter.Pull(population.Like(x, seed))
		defer stop()
		for range n {
			if err := ctx.Err(); err != nil {
				yield(migration.Record{}, err)
				return
			}
			draw, _ := next()
			if !yield(migration.Record{Features: x, Outcome: draw.Outcome, Source: migration.SourcePrecopy}, nil) {
				return
			}
		}
	}
}
