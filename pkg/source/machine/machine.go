// Package machine is a source of one VM: the machine that this program runs on, described as the VM to migrate from the
// inside. It knows its processors, memory, disks and the line rate of its interfaces, and nothing of the hypervisor
// below it: settings, resident memory as that counts it, and what is dirtied are its hypervisor's to tell.
//
//	o, err := machine.Open().Observe(ctx, vm, source.Ask{Interval: time.Second})
package machine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"sync/atomic"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// leastInterval is over which rates are measured where none is asked for: 20 ticks of the clock by which the kernel
// accounts processor time.
const leastInterval = 200 * time.Millisecond

// fallbackName is that of a machine without a name.
const fallbackName = "localhost"

// place is this machine. It implements source.Source.
type place struct {
	read   func(context.Context, time.Duration) (host.Snapshot, error)
	closed atomic.Bool
}

// Open returns this machine as a source. Its one VM has the name of the host, and runs. Migrations cannot be seen from
// the inside: Progress and Watch return source.ErrUnsupported.
func Open() source.Source { return &place{read: host.Read} }

// errClosed is the error of a source that was closed.
var errClosed = errors.New("the source is closed")

// usable returns why nothing can be asked: the source was closed, or the context has ended.
func (p *place) usable(ctx context.Context) error {
	if p.closed.Load() {
		return errClosed
	}
	return ctx.Err()
}

// List returns this machine.
func (p *place) List(ctx context.Context) ([]source.VM, error) {
	if err := p.usable(ctx); err != nil {
		return nil, fmt.Errorf("list this machine: %w", err)
	}
	vm := itself()
	return []source.VM{vm}, nil
}

func itself() source.VM {
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = fallbackName
	}
	return source.VM{ID: name, Name: name, State: source.Running}
}

// Observe measures this machine over the interval that is asked for.
func (p *place) Observe(ctx context.Context, vm source.VM, ask source.Ask) (source.Observation, error) {
	if err := p.usable(ctx); err != nil {
		return source.Observation{}, fmt.Errorf("observe this machine: %w", err)
	}
	if own := itself(); vm.ID != own.ID {
		return source.Observation{}, fmt.Errorf("%w on this machine, which is %s: %s", source.ErrUnknownVM, own.ID, vm.ID)
	}
	over := ask.Interval
	if over <= 0 {
		over = leastInterval
	}
	s, err := p.read(ctx, over)
	if err != nil {
		return source.Observation{}, fmt.Errorf("observe this machine: %w", err)
	}
	return observation(s, ask), nil
}

// observation tells what a snapshot holds.
func observation(s host.Snapshot, ask source.Ask) source.Observation {
	o := source.Observed(itself(), s.At)
	span := fmt.Sprintf(" over %v", s.Interval.Round(100*time.Millisecond))
	for _, f := range []struct {
		feature migration.Feature
		value   float64
		from    string
		unknown string // what to say where it is
	}{
		{migration.CPULoad, s.CPUPercent, "CPU time" + span, "CPU use is not known: the interval is shorter than the " +
			"kernel's clock tick"},
		{migration.MemoryUsage, s.MemoryPercent, "RAM that is not available to a new program", "memory in use is not " +
			"known: more is said to be available than there is, as in some containers"},
		{migration.DiskIO, s.DiskMBps, "bytes read and written by the disks" + span, "disk throughput is not known: the " +
			"kernel shows no disk here, as in many containers"},
		{migration.NetworkBandwidth, s.LinkMbps, "line rate of the fastest interface that is up", "the line rate is not " +
			"known: no interface here reports one, as virtual ones do not"},
		{migration.MemoryMiB, s.MemoryMiB, "RAM that the kernel manages", ""},
		{migration.ResidentMiB, s.ResidentMiB, "RAM that is not available to a new program", ""},
		{migration.VCPUs, float64(s.CPUs), "logical processors", ""},
	} {
		o.Tell(f.feature, f.value, f.from, s.At)
		if math.IsNaN(f.value) && f.unknown != "" {
			o.Notes = append(o.Notes, f.unknown)
		}
	}
	if ask.DirtyRate || ask.Curve {
		o.Notes = append(o.Notes, "what is dirtied is not known from the inside: ask the hypervisor of this machine")
	}
	return o
}

// Progress returns source.ErrUnsupported: a machine does not see that it is moved.
func (p *place) Progress(context.Context, source.VM) (source.Progress, error) {
	return source.Progress{}, fmt.Errorf("%w: a machine does not see its own migration; ask its hypervisor",
		source.ErrUnsupported)
}

// Watch returns source.ErrUnsupported, as Progress does.
func (p *place) Watch(context.Context, func(source.Ended)) error {
	return fmt.Errorf("%w: a machine does not see its own migrations; ask its hypervisor", source.ErrUnsupported)
}

// Close lets nothing more be asked.
func (p *place) Close() error {
	p.closed.Store(true)
	return nil
}
