package simulate

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
)

// started are the times at which VMs are asked for, each of which takes so long.
func started(t *testing.T, takes time.Duration, vms func(context.Context) VMs) (at []time.Duration, err error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	begin := time.Now()
	for _, err := range vms(ctx) {
		if err != nil {
			return at, err
		}
		at = append(at, time.Since(begin))
		time.Sleep(takes)
	}
	return at, nil
}

func TestRepeatKeepsItsInterval(t *testing.T) {
	const s = time.Second
	round := func() VMs { return same(vm(), 1) }
	for name, c := range map[string]struct {
		interval, duration, takes time.Duration
		n                         int
		want                      []time.Duration
	}{
		"three rounds":            {10 * s, 0, s, 3, []time.Duration{0, 10 * s, 20 * s}},
		"until the time is over":  {10 * s, 25 * s, s, 0, []time.Duration{0, 10 * s, 20 * s}},
		"whichever comes first":   {10 * s, 25 * s, s, 2, []time.Duration{0, 10 * s}},
		"slower than the rounds":  {10 * s, 0, 14 * s, 3, []time.Duration{0, 20 * s, 40 * s}},
		"at the very end, too":    {10 * s, 20 * s, 0, 0, []time.Duration{0, 10 * s, 20 * s}},
		"shorter than a round is": {10 * s, s, 3 * s, 0, []time.Duration{0}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := started(t, c.takes, func(ctx context.Context) VMs { return repeat(ctx, c.interval, c.duration, c.n, round) })
				if err != nil || !slices.Equal(got, c.want) {
					t.Errorf("rounds at %v, error %v, want %v", got, err, c.want)
				}
			})
		})
	}
}

func TestRepeatEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := started(t, 0, func(ctx context.Context) VMs {
			return repeat(ctx, 25*time.Minute, 0, 0, func() VMs { return same(vm(), 2) })
		})
		if !errors.Is(err, context.DeadlineExceeded) || len(got) != 6 {
			t.Errorf("%d VMs, error %v", len(got), err)
		}
	})
}

func TestOverlay(t *testing.T) {
	var given migration.Features
	given.Set(migration.NetworkBandwidth, 1000)
	vms := []VM{{Name: "a", Features: vm()}, {Name: "b", Features: vm()}}
	for i, got := range overlay(vms, given) {
		if got.Name != vms[i].Name || got.Features.Get(migration.NetworkBandwidth) != 1000 || got.Features.Get(migration.CPULoad) != 75 {
			t.Errorf("VM %d is %+v", i, got)
		}
	}
	if vms[0].Features.Known().Has(migration.NetworkBandwidth) {
		t.Error("the VMs themselves were changed")
	}
}

func TestTheHostFillsWhatIsNotGiven(t *testing.T) {
	var machine, given migration.Features
	for f := range measurable.All() {
		machine.Set(f, 50)
	}
	machine.Set(migration.DowntimeLimitMS, 5) // none of a machine's business
	given.Set(migration.CPULoad, 75)
	given.Set(migration.DirtyRate, 10)

	x := fill(given, machine)
	if x.Get(migration.CPULoad) != 75 || x.Get(migration.VCPUs) != 50 || x.Get(migration.DirtyRate) != 10 {
		t.Errorf("filled %v", x)
	}
	if want := measurable | migration.Of(migration.DirtyRate); x.Known() != want {
		t.Errorf("knew %v, want %v", x.Known(), want)
	}
}

func TestWanted(t *testing.T) {
	resident := migration.Of(migration.ResidentMiB)
	for _, test := range []struct{ given, want migration.Set }{
		{0, measurable},
		{migration.Of(migration.TimeoutS, migration.DirtyCurve), measurable},
		{migration.Of(migration.CPULoad), measurable &^ migration.Of(migration.CPULoad)},
		{migration.Of(migration.MemoryMiB), measurable &^ migration.Of(migration.MemoryMiB) &^ resident},
		{migration.Of(migration.MemoryUsage), measurable &^ migration.Of(migration.MemoryUsage) &^ resident},
		{measurable &^ resident, 0},
		{migration.Everything, 0},
	} {
		if got := wanted(test.given); got != test.want {
			t.Errorf("given %v: wanted %v, want %v", test.given, got, test.want)
		}
	}
}

// A fleet is the same for the same seed, and none of those that models learn of.
func TestFleetVMs(t *testing.T) {
	short, long := fleetVMs(3, 5), fleetVMs(3, 9)
	for i, vm := range short {
		if vm.Name != long[i].Name || !vm.Features.Equal(long[i].Features) {
			t.Errorf("VM %d is %s in the shorter fleet, %s in the longer", i, vm.Name, long[i].Name)
		}
		if faults := vm.Features.Validate(); len(faults) > 0 {
			t.Errorf("VM %d: %v", i, faults)
		}
	}
	if other := fleetVMs(4, 1)[0]; other.Name == short[0].Name {
		t.Error("another seed gives the same VM")
	}
}
