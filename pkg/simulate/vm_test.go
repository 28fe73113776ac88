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
