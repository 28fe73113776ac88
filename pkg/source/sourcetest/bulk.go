package sourcetest

import (
	"context"
	"errors"
	"testing"

	"vmmp/pkg/source"
)

// observesMany checks what a [source.Bulk] tells of many VMs: of each in turn, and no less than Observe tells of one.
func (p Place) observesMany(t *testing.T) {
	ctx, s := p.open(t)
	bulk, _ := s.(source.Bulk)
	gone := source.VM{ID: "6b3dfa4d-0000-4000-8000-3f1c2f9f0a11", Name: "no-such-vm-anywhere", State: source.Running}
	vms := []source.VM{gone, find(ctx, t, s, p.Running)}
	if p.Stopped != "" {
		vms = append(vms, find(ctx, t, s, p.Stopped))
	}
	told := 0
	for o, err := range bulk.ObserveAll(ctx, vms, source.Ask{}) {
		if o.VM.ID != vms[told].ID {
			t.Fatalf("%+v in the place of %+v", o.VM, vms[told])
		}
		switch runs := o.VM.Name == p.Running; {
		case runs && err != nil:
			t.Error(err)
		case runs:
			Check(t, o)
			if missing := p.Told &^ o.Features.Known(); missing != 0 {
				t.Errorf("not told of one among many: %v; notes %q", missing, o.Notes)
			}
		case !errors.Is(err, source.ErrGone) && !errors.Is(err, source.ErrUnknownVM):
			t.Errorf("%s is observed with %v", o.VM.Name, err)
		}
		told++
	}
	if told != len(vms) {
		t.Errorf("%d are told of %d", told, len(vms))
	}
	ended, end := context.WithCancel(ctx)
	end()
	for _, err := range bulk.ObserveAll(ended, vms, source.Ask{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("observed with %v", err)
		}
	}
}

// isBulk reports whether the place observes many VMs at once.
func (p Place) isBulk(t *testing.T) bool {
	s := p.Open(t)
	defer func() { _ = s.Close() }()
	_, ok := s.(source.Bulk)
	return ok
}
