package source

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

// listed is a place that only lists.
type listed struct {
	Source
	vms []VM
	err error
}

func (l listed) List(context.Context) ([]VM, error) { return l.vms, l.err }

func TestFind(t *testing.T) {
	place := listed{vms: []VM{{ID: "1", Name: "db"}, {ID: "2", Name: "web-1"}, {ID: "3", Name: "twin"}, {ID: "4", Name: "twin"}}}
	for name, id := range map[string]string{"web-1": "2", "2": "2", "db": "1", "4": "4"} {
		if vm, err := Find(t.Context(), place, name); err != nil || vm.ID != id {
			t.Errorf("%s: %+v, %v", name, vm, err)
		}
	}
	for name, want := range map[string]string{
		"web1": "did you mean web-1?", "twin": "give the id, one of 3, 4", "mailserver": "there are db, web-1, twin, twin",
	} {
		if _, err := Find(t.Context(), place, name); !errors.Is(err, ErrUnknownVM) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := Find(t.Context(), listed{}, "db"); !errors.Is(err, ErrUnknownVM) {
		t.Errorf("of no VMs: %v", err)
	}
	broken := errors.New("no connection")
	if _, err := Find(t.Context(), listed{err: broken}, "db"); !errors.Is(err, broken) {
		t.Errorf("of a place that cannot be asked: %v", err)
	}
}

func TestManyNamesAreCut(t *testing.T) {
	var many []VM
	for range 500 {
		many = append(many, VM{ID: "x", Name: "a-name-that-nothing-is-near"})
	}
	_, err := Find(t.Context(), listed{vms: many}, "zz")
	if err == nil || len(err.Error()) > 400 || !strings.Contains(err.Error(), "and 492 more") {
		t.Errorf("%v", err)
	}
}

func TestTell(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := Observed(VM{Name: "web"}, now)
	o.Tell(migration.CPULoad, 40, "cpu", now.Add(-2*time.Second))
	o.Tell(migration.MemoryMiB, math.NaN(), "memory", now)
	o.Tell(migration.MemoryUsage, 140, "balloon", now)
	o.Tell(migration.DirtyRate, 0, "dirty", now.Add(time.Second))
	o.TellCurve([]migration.Point{{Seconds: 0.1, MiB: 2}, {Seconds: 1, MiB: 5}}, "curve", now)
	if o.Features.Known() != migration.Of(migration.CPULoad, migration.DirtyRate, migration.DirtyCurve) {
		t.Errorf("known are %v", o.Features.Known())
	}
	if got := o.Origins[migration.CPULoad]; got != (Origin{"cpu", 2 * time.Second}) {
		t.Errorf("origin %+v", got)
	}
	if got := o.Origins[migration.DirtyRate]; got != (Origin{"dirty", 0}) {
		t.Errorf("origin of what comes from the future %+v", got)
	}
	if len(o.Origins) != 3 || len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "memory_usage of balloon is left out") {
		t.Errorf("origins %v, notes %q", o.Origins, o.Notes)
	}
	o.Tell(migration.CPULoad, 50, "other", now)
	if o.Features.Get(migration.CPULoad) != 50 || o.Origins[migration.CPULoad].From != "other" {
		t.Errorf("told again it is %v of %+v", o.Features.Get(migration.CPULoad), o.Origins[migration.CPULoad])
	}
}
