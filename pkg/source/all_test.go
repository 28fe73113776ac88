package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowPlace observes each VM in a second, and never those that hang.
type slowPlace struct {
	Source
	at, most atomic.Int32
}

var errBroken = errors.New("broken")

func (s *slowPlace) Observe(ctx context.Context, vm VM, _ Ask) (Observation, error) {
	s.most.Store(max(s.most.Load(), s.at.Add(1)))
	defer s.at.Add(-1)
	switch vm.Name {
	case "hangs":
		<-ctx.Done()
		return Observation{}, ctx.Err()
	case "broken":
		return Observation{}, errBroken
	}
	time.Sleep(time.Second)
	return Observed(vm, time.Now()), nil
}

// named returns VMs of these names, and n others.
func named(n int, names ...string) []VM {
	var vms []VM
	for i := range n {
		names = append(names, fmt.Sprintf("vm-%d", i))
	}
	for i, name := range names {
		vms = append(vms, VM{ID: fmt.Sprint(i), Name: name})
	}
	return vms
}

func TestObserveAllSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var place slowPlace
		began, vms := time.Now(), named(40, "broken")
		var ids []string
		for o, err := range ObserveAll(t.Context(), &place, vms, Ask{}) {
			if broken := o.VM.Name == "broken"; broken != errors.Is(err, errBroken) || broken != o.At.IsZero() {
				t.Errorf("%+v: %v", o, err)
			}
			ids = append(ids, o.VM.ID)
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != len(vms) {
			t.Errorf("%d of %d answered", len(ids), len(vms))
		}
		if took := time.Since(began); took > 3*time.Second || place.most.Load() > sideBySide {
			t.Errorf("it took %v, %d at once", took, place.most.Load())
		}
	})
}

// A VM that hangs costs its own answer and the time that the caller allows.
func TestObserveAllGivesUpWhatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var answered, late int
		for o, err := range ObserveAll(ctx, &slowPlace{}, named(6, "hangs"), Ask{}) {
			if err == nil {
				answered++
			} else if errors.Is(err, context.DeadlineExceeded) && o.VM.Name == "hangs" {
				late++
			}
		}
		if answered != 6 || late != 1 {
			t.Errorf("%d answered, %d late", answered, late)
		}
	})
}

func TestObserveAllMayBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for o, err := range ObserveAll(t.Context(), &slowPlace{}, named(30, "hangs"), Ask{}) {
			if err != nil || o.VM.Name == "" {
				t.Errorf("%+v: %v", o, err)
			}
			break
		}
		for o, err := range ObserveAll(t.Context(), &slowPlace{}, nil, Ask{}) {
			t.Errorf("of none: %+v, %v", o, err)
		}
	})
}
