package source

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// An Answer is what came of observing one of several VMs.
type Answer struct {
	VM          VM
	Observation Observation
	Err         error
}

// A Bulk is a source that tells of many VMs at once for less than one by one.
type Bulk interface {
	Source
	// ObserveAll observes VMs as Observe does each, and yields the answers as they come. An error that concerns all of
	// them is that of each.
	ObserveAll(ctx context.Context, vms []VM, ask Ask) iter.Seq[Answer]
}

// sideBySide is how many VMs of a place are observed at once: measurements take a second of waiting each, and a place
// is not to notice them.
const sideBySide = 16

// ObserveAll observes VMs in whatever way the source does best, and yields the answers as they come, one for each. To
// stop early gives up those that are under way.
func ObserveAll(ctx context.Context, s Source, vms []VM, ask Ask) iter.Seq[Answer] {
	if b, ok := s.(Bulk); ok {
		return b.ObserveAll(ctx, vms, ask)
	}
	return func(yield func(Answer) bool) {
		ctx, stop := context.WithCancel(ctx)
		answers := make(chan Answer)
		var asked sync.WaitGroup
		defer asked.Wait()
		defer stop()
		next := make(chan VM)
		for range min(sideBySide, len(vms)) {
			asked.Go(func() {
				for vm := range next {
					o, err := s.Observe(ctx, vm, ask)
					select {
					case answers <- Answer{vm, o, err}:
					case <-ctx.Done():
						return
					}
				}
			})
		}
		asked.Go(func() {
			defer close(next)
			for _, vm := range vms {
				select {
				case next <- vm:
				case <-ctx.Done():
					return
				}
			}
		})
		told := make(map[string]bool, len(vms))
		for range vms {
			select {
			case a := <-answers:
				told[a.VM.ID] = true
				if !yield(a) {
					return
				}
			case <-ctx.Done():
				giveUp(ctx, vms, told, yield)
				return
			}
		}
	}
}

// giveUp yields the error of those that were not observed in time.
func giveUp(ctx context.Context, vms []VM, told map[string]bool, yield func(Answer) bool) {
	for _, vm := range vms {
		if !told[vm.ID] && !yield(Answer{VM: vm, Err: fmt.Errorf("observe %s: %w", vm.Name, context.Cause(ctx))}) {
			return
		}
	}
}
