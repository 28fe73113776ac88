package host

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
)

// machine is a machine whose CPU load is the number of times it was measured.
type machine struct {
	measured atomic.Int64
	err      error
}

// read takes the time it says it takes, on a test's own clock.
func (m *machine) read(ctx context.Context, interval time.Duration) (Snapshot, error) {
	select {
	case <-time.After(interval):
	case <-ctx.Done():
		return Snapshot{}, ctx.Err()
	}
	n := m.measured.Add(1)
	return Snapshot{CPUPercent: float64(n), MemoryPercent: 40, MemoryMiB: 1024, CPUs: 2}, m.err
}

// load asks for the CPU load, which is the number of the measurement.
func load(t *testing.T, w *Watcher) float64 {
	t.Helper()
	x, err := w.Features(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return x.Get(migration.CPULoad)
}

func TestWatcherMeasuresOnlyWhenAskedAndStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{}
		w := NewWatcher(m.read, time.Now)
		if m.measured.Load() != 0 {
			t.Error("measured before anybody asked")
		}
		begun := time.Now()
		if n := load(t, w); n != 1 || time.Since(begun) != watchInterval {
			t.Errorf("measurement %g after %v", n, time.Since(begun))
		}
		time.Sleep(freshFor - time.Nanosecond)
		if n := load(t, w); n != 1 {
			t.Errorf("a fresh measurement was taken again, the %g.", n)
		}
		time.Sleep(time.Nanosecond)
		if n := load(t, w); n != 2 {
			t.Errorf("a measurement a second old is still told, the %g.", n)
		}
	})
}

func TestWatcherMeasuresOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{}
		w := NewWatcher(m.read, time.Now)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if n := load(t, w); n != 1 {
					t.Errorf("told measurement %g", n)
				}
			})
		}
		all.Wait()
		if n := m.measured.Load(); n != 1 {
			t.Errorf("%d measurements for 50 who asked at once", n)
		}
	})
}

// Who leaves takes nothing away from those who stay.
func TestWatcherOutlivesTheOneWhoBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{}
		w := NewWatcher(m.read, time.Now)
		ctx, leave := context.WithTimeout(t.Context(), watchInterval/2)
		defer leave()
		var stayed sync.WaitGroup
		go func() {
			if _, err := w.Features(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("who left was told %v", err)
			}
		}()
		synctest.Wait()
		stayed.Go(func() {
			if n := load(t, w); n != 1 {
				t.Errorf("who stayed was told measurement %g", n)
			}
		})
		stayed.Wait()
	})
}

func TestWatcherForgetsFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("total is 0")
		m := &machine{err: broken}
		w := NewWatcher(m.read, time.Now)
		if _, err := w.Features(t.Context()); !errors.Is(err, broken) || err.Error() != "read this machine: total is 0" {
			t.Errorf("error %v", err)
		}
		m.err = nil
		if n := load(t, w); n != 2 {
			t.Errorf("told measurement %g, want the second", n)
		}
	})
}

// A clock that is set back does not make a measurement last for ever.
func TestWatcherOfAClockSetBack(t *testing.T) {
	m, clock := &machine{}, time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	quick := func(ctx context.Context, _ time.Duration) (Snapshot, error) { return m.read(ctx, 0) }
	w := NewWatcher(quick, func() time.Time { return clock })
	load(t, w)
	clock = clock.Add(-time.Hour)
	if n := load(t, w); n != 2 {
		t.Errorf("told measurement %g, want the second", n)
	}
}
