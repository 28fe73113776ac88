// Package sourcetest is the test suite that every [source.Source] passes.
package sourcetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// A Place is a source with what a test knows of it.
type Place struct {
	Open func(t *testing.T) source.Source // a connection of its own each time
	// Running is the name of a VM that runs and is not migrated, Stopped of one that does not run; empty where the place
	// cannot have such.
	Running, Stopped string
	Told             migration.Set // features that it tells of the running one, at least
	Untold           migration.Set // features that it never tells
}

// patience is how long a call may take that nothing holds up.
const patience = 30 * time.Second

// Run runs the suite on a place.
func Run(t *testing.T, p Place) {
	tests := map[string]func(*testing.T){
		"lists": p.lists, "observes": p.observes, "together": p.together, "unknown VM": p.refusesUnknown,
		"no migration": p.knowsNoMigration, "context": p.endsWithItsContext, "closed": p.failsOnceClosed,
	}
	if p.Stopped != "" {
		tests["stopped VM"] = p.refusesStopped
	}
	if p.isBulk(t) {
		tests["observes many"] = p.observesMany
	}
	for name, test := range tests {
		t.Run(name, test)
	}
}

// open opens the place, which the end of the test closes.
func (p Place) open(t *testing.T) (context.Context, source.Source) {
	t.Helper()
	s := p.Open(t)
	t.Cleanup(func() { _ = s.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx, s
}

// find finds a VM by its name.
func find(ctx context.Context, t *testing.T, s source.Source, name string) source.VM {
	t.Helper()
	vm, err := source.Find(ctx, s, name)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func (p Place) lists(t *testing.T) {
	ctx, s := p.open(t)
	vms, err := s.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(vms, func(a, b source.VM) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("not in the order of their names: %+v", vms)
	}
	ids := map[string]bool{}
	for _, vm := range vms {
		if vm.ID == "" || vm.Name == "" || ids[vm.ID] {
			t.Errorf("no id, no name, or the id of another: %+v", vm)
		}
		ids[vm.ID] = true
	}
	if vm := find(ctx, t, s, p.Running); vm.State != source.Running {
		t.Errorf("%s is %q", p.Running, vm.State)
	}
	if p.Stopped != "" {
		if vm := find(ctx, t, s, p.Stopped); vm.State != source.Stopped {
			t.Errorf("%s is %q", p.Stopped, vm.State)
		}
	}
}

func (p Place) observes(t *testing.T) {
	ctx, s := p.open(t)
	vm := find(ctx, t, s, p.Running)
	o, err := s.Observe(ctx, vm, source.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	Check(t, o)
	known := o.Features.Known()
	if missing := p.Told &^ known; missing != 0 {
		t.Errorf("not told: %v; notes %q", missing, o.Notes)
	}
	if told := p.Untold & known; told != 0 {
		t.Errorf("told although the place cannot know: %v", told)
	}
	if o.VM.ID != vm.ID || time.Since(o.At).Abs() > time.Minute {
		t.Errorf("observed %+v at %v", o.VM, o.At)
	}
}

// Check checks that an observation keeps what the contract promises of any.
func Check(t *testing.T, o source.Observation) {
	t.Helper()
	for f := range o.Features.Known().All() {
		if origin, ok := o.Origins[f]; !ok || origin.From == "" || origin.Age < 0 {
			t.Errorf("%v is of %+v", f, origin)
		}
	}
	for f := range o.Origins {
		if !o.Features.Known().Has(f) {
			t.Errorf("%v has an origin and is not known", f)
		}
	}
	if faults := o.Features.CheckBounds(); len(faults) > 0 {
		t.Error(faults)
	}
	for _, note := range o.Notes {
		if note == "" || strings.Contains(note, "\n") {
			t.Errorf("note %q", note)
		}
	}
}

func (p Place) together(t *testing.T) {
	ctx, s := p.open(t)
	vm := find(ctx, t, s, p.Running)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := s.Observe(ctx, vm, source.Ask{}); err != nil {
				t.Error(err)
			}
			if _, err := s.List(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func (p Place) refusesUnknown(t *testing.T) {
	ctx, s := p.open(t)
	if _, err := source.Find(ctx, s, "no-such-vm-anywhere"); !errors.Is(err, source.ErrUnknownVM) {
		t.Errorf("found with %v", err)
	}
	gone := source.VM{ID: "6b3dfa4d-0000-4000-8000-3f1c2f9f0a11", Name: "no-such-vm-anywhere", State: source.Running}
	_, err := s.Observe(ctx, gone, source.Ask{})
	if !errors.Is(err, source.ErrGone) && !errors.Is(err, source.ErrUnknownVM) {
		t.Errorf("observed with %v", err)
	}
}

func (p Place) refusesStopped(t *testing.T) {
	ctx, s := p.open(t)
	if _, err := s.Observe(ctx, find(ctx, t, s, p.Stopped), source.Ask{}); !errors.Is(err, source.ErrGone) {
		t.Errorf("observed with %v", err)
	}
}

func (p Place) knowsNoMigration(t *testing.T) {
	ctx, s := p.open(t)
	_, err := s.Progress(ctx, find(ctx, t, s, p.Running))
	if !errors.Is(err, source.ErrNotMigrating) && !errors.Is(err, source.ErrUnsupported) {
		t.Errorf("progress of no migration with %v", err)
	}
}

func (p Place) endsWithItsContext(t *testing.T) {
	ctx, s := p.open(t)
	vm := find(ctx, t, s, p.Running)
	ended, end := context.WithCancel(ctx)
	end()
	began := time.Now()
	if _, err := s.List(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("listed with %v", err)
	}
	if _, err := s.Observe(ended, vm, source.Ask{}); !errors.Is(err, context.Canceled) {
		t.Errorf("observed with %v", err)
	}
	if err := s.Watch(ended, func(source.Ended) {}); err != nil && !errors.Is(err, source.ErrUnsupported) {
		t.Errorf("watched with %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := s.List(ctx); err != nil {
		t.Errorf("the next call fails: %v", err)
	}
}

func (p Place) failsOnceClosed(t *testing.T) {
	ctx, s := p.open(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(ctx); err == nil {
		t.Error("a closed place lists")
	}
}
