package qemu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/query"
	"vmmp/pkg/source"
)

// leastInterval is between the samples that rates are made of: threads are accounted to the nanosecond, and a guest
// whose processors are busy now and then shows less the shorter one looks.
const leastInterval = 200 * time.Millisecond

// Observe returns what the QEMU, and this machine of its process, tell of the VM.
func (p *place) Observe(ctx context.Context, vm source.VM, ask source.Ask) (source.Observation, error) {
	o := observer{}
	err := p.on(ctx, vm, func(s *session) error {
		o.q = s
		return o.observe(ctx, ask)
	})
	if err != nil {
		return source.Observation{}, err
	}
	return o.observation(), nil
}

// observer gathers what is known of a VM.
type observer struct {
	q         *session
	vm        source.VM
	kvm       bool
	memoryMiB float64 // of RAM; 0 where it is not known
	hugePages bool
	facts     []fact
	unmovable string
	notes     []string
}

// fact is a feature that is known.
type fact struct {
	feature migration.Feature
	value   float64
	points  []migration.Point // of a dirty curve
	from    string
	at      time.Time
}

// know keeps a feature as of now.
func (o *observer) know(f migration.Feature, v float64, from string) {
	o.knowAt(f, v, from, time.Now())
}

func (o *observer) knowAt(f migration.Feature, v float64, from string, at time.Time) {
	o.facts = append(o.facts, fact{feature: f, value: v, from: from, at: at})
}

// note keeps a sentence on what is not known.
func (o *observer) note(format string, args ...any) {
	o.notes = append(o.notes, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
}

// refused notes what QEMU refuses to tell, and why. Any other error is returned: then nothing more can be read.
func (o *observer) refused(err error, what string) error {
	if refusal, ok := errors.AsType[*qmp.Error](err); ok {
		o.note("%s is not known: QEMU %s refuses %s: %s", what, o.q.Version(), refusal.Command, refusal.Desc)
		return nil
	}
	return err
}

// observation returns all that was gathered.
func (o *observer) observation() source.Observation {
	out := source.Observed(o.vm, time.Now())
	for _, f := range o.facts {
		if f.feature == migration.DirtyCurve {
			out.TellCurve(f.points, f.from, f.at)
		} else {
			out.Tell(f.feature, f.value, f.from, f.at)
		}
	}
	out.Unmovable = o.unmovable
	out.Notes = append(o.notes, out.Notes...)
	return out
}

// observe reads everything, between two samples of what the VM uses up.
func (o *observer) observe(ctx context.Context, ask source.Ask) error {
	if err := o.state(ctx); err != nil {
		return err
	}
	before, err := o.usage(ctx)
	if err != nil {
		return err
	}
	for _, read := range []func(context.Context) error{
		o.hypervisor, o.memory, o.backing, o.settings, o.devices, o.guestMemory,
	} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	if err := o.dirtying(ctx, ask); err != nil {
		return err
	}
	if err := sleep(ctx, max(ask.Interval, leastInterval)-time.Since(before.at)); err != nil {
		return err
	}
	return o.rates(ctx, before)
}

// state finds out what the VM does.
func (o *observer) state(ctx context.Context) (err error) {
	var m query.Migration
	if o.vm, m, err = describe(ctx, o.q); err != nil {
		return err
	}
	if err := o.running(o.vm); err != nil {
		return err
	}
	switch {
	case len(m.BlockedReasons) > 0:
		o.unmovable = strings.Join(m.BlockedReasons, "; ")
		o.know(migration.Migratable, 0, "query-migrate blocked-reasons")
	case o.q.Version().AtLeast(6, 0):
		o.know(migration.Migratable, 1, "query-migrate without blocked-reasons")
	}
	return nil
}

// running returns an error that wraps source.ErrGone of a VM that does not run here.
func (o *observer) running(vm source.VM) error {
	if vm.State != source.Stopped {
		return nil
	}
	why := map[string]string{
		query.InMigrate:   "its QEMU waits for a migration to come in: ask the source of that",
		query.PostMigrate: "its guest has moved away: ask the QEMU that it moved to",
		query.Shutdown:    "its guest has shut down",
	}[vm.Labels["status"]]
	return fmt.Errorf("%w: QEMU at %s: %s", source.ErrGone, o.q.at, why)
}

// sleep waits; a time that is past is not waited for.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
