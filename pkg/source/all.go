package source

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// sideBySide is how many VMs of a place are observed at once: measurements take a second of waiting each, and a place
// is not to notice them.
const sideBySide = 16

// answer is what came of observing one of several VMs.
type answer struct {
	Observation
	err error
}

// ObserveAll observes VMs in whatever way the source does best, and yields an observation of each as they come, or
// beside a VM alone the error that Observe has of it. To stop early gives up those that are under way.
func ObserveAll(ctx context.Context, s Source, vms []VM, ask Ask) iter.Seq2[Observation, error] {
	if b, ok := s.(Bulk); ok {
		return b.ObserveAll(ctx, vms, ask)
	}
	return func(yield func(Observation, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		answers := make(chan answer)
		var asked sync.WaitGroup
		defer asked.Wait()
		defer stop()
		next := make(chan VM)
		for range min(sideBySide, len(vms)) {
			asked.Go(func() {
				for vm := range next {
					o, err := s.Observe(ctx, vm, ask)
					if err != nil {
						o = Observation{VM: vm}
					}
					select {
					case answers <- answer{o, err}:
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
				if !yield(a.Observation, a.err) {
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
func giveUp(ctx context.Context, vms []VM, told map[string]bool, yield func(Observation, error) bool) {
	for _, vm := range vms {
		if !told[vm.ID] && !yield(Observation{VM: vm}, fmt.Errorf("observe %s: %w", vm.Name, context.Cause(ctx))) {
			return
		}
	}
}
