package simulate

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"vmmp/pkg/migration"
)

// VM is a virtual machine to migrate.
type VM struct {
	Name     string // the scenario, row or VM of a fleet that it is; empty: this machine
	Features migration.Features

	// Happened is its migration where that is recorded already: the physics takes it as
	// it was. nil: it has not happened.
	Happened *migration.Record
}

// VMs are virtual machines to migrate, one after the other. An error ends them: ctx's
// when it ends, or that of a measurement.
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

// repeat begins a round of VMs every interval, until there were n of them, 0 for no
// end, or until duration has passed, 0 for no end. A round that takes longer makes the
// next one wait for the interval after. It ends with ctx, in good order: that is how
// whoever looks at it ends it.
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
