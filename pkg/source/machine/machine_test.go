package machine

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

func TestSuite(t *testing.T) {
	sourcetest.Run(t, sourcetest.Place{
		Open:    func(*testing.T) source.Source { return Open() },
		Running: itself().Name,
		Told:    migration.Of(migration.MemoryMiB, migration.VCPUs),
		Untold: migration.Of(migration.DirtyRate, migration.DirtyCurve, migration.WorkingSetMiB, migration.DowntimeLimitMS,
			migration.BandwidthCap, migration.TimeoutS, migration.Hypervisor, migration.Method),
	})
}

var taken = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// given is a machine of which a snapshot is taken.
func given(s host.Snapshot) *place {
	return &place{read: func(_ context.Context, over time.Duration) (host.Snapshot, error) {
		s.Interval, s.At = over, taken
		return s, nil
	}}
}

var busy = host.Snapshot{CPUPercent: 40, MemoryPercent: 50, DiskMBps: 7, LinkMbps: 10000, MemoryMiB: 2048, ResidentMiB: 1024, CPUs: 4}

func TestObserve(t *testing.T) {
	o, err := given(busy).Observe(t.Context(), itself(), source.Ask{Interval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	if !o.Features.Equal(busy.Features()) || len(o.Notes) != 0 || o.At != taken {
		t.Errorf("%+v", o)
	}
	for f, want := range map[migration.Feature]string{
		migration.CPULoad: "CPU time over 1s", migration.DiskIO: "bytes read and written by the disks over 1s",
		migration.NetworkBandwidth: "line rate of the fastest interface that is up", migration.VCPUs: "logical processors",
	} {
		if got := o.Origins[f]; got.From != want || got.Age != 0 {
			t.Errorf("%v is of %+v, want %q", f, got, want)
		}
	}
}

func TestIntervals(t *testing.T) {
	for _, test := range []struct{ ask, want time.Duration }{{0, leastInterval}, {-1, leastInterval}, {3 * time.Second, 3 * time.Second}} {
		var got time.Duration
		p := &place{read: func(_ context.Context, over time.Duration) (host.Snapshot, error) {
			got = over
			return busy, nil
		}}
		if _, err := p.Observe(t.Context(), itself(), source.Ask{Interval: test.ask}); err != nil || got != test.want {
			t.Errorf("%v: %v, %v", test.ask, got, err)
		}
	}
}

// What a machine does not tell of itself is unknown, and said to be.
func TestNothingTold(t *testing.T) {
	nan := math.NaN()
	o, err := given(host.Snapshot{CPUPercent: nan, MemoryPercent: nan, DiskMBps: nan, LinkMbps: nan, MemoryMiB: 2048,
		ResidentMiB: nan, CPUs: 4}).Observe(t.Context(), itself(), source.Ask{Curve: true})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	if o.Features.Known() != migration.Of(migration.MemoryMiB, migration.VCPUs) || len(o.Notes) != 5 ||
		!strings.Contains(o.Notes[4], "ask the hypervisor") {
		t.Errorf("%v, %q", o.Features, o.Notes)
	}
}

func TestFaults(t *testing.T) {
	broken := errors.New("no /proc")
	p := &place{read: func(context.Context, time.Duration) (host.Snapshot, error) { return host.Snapshot{}, broken }}
	if _, err := p.Observe(t.Context(), itself(), source.Ask{}); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := p.Observe(t.Context(), source.VM{ID: "another"}, source.Ask{}); !errors.Is(err, source.ErrUnknownVM) {
		t.Error(err)
	}
	if _, err := p.Progress(t.Context(), itself()); !errors.Is(err, source.ErrUnsupported) {
		t.Error(err)
	}
	if err := p.Watch(t.Context(), func(source.Ended) {}); !errors.Is(err, source.ErrUnsupported) {
		t.Error(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := p.Observe(t.Context(), itself(), source.Ask{}); !errors.Is(err, errClosed) {
		t.Error(err)
	}
}
