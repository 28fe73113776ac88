package host

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"vmmp/pkg/migration"
)

const (
	watchInterval = 200 * time.Millisecond // over which rates are measured; a request waits for it
	freshFor      = time.Second            // for which a measurement is served
)

// A Watcher serves the features of a machine to many callers. It measures only when
// it is asked and its last measurement is no longer fresh, and then once for all who
// wait. Its methods are safe for concurrent use.
type Watcher struct {
	read func(context.Context, time.Duration) (Snapshot, error)
	now  func() time.Time

	flight singleflight.Group

	mu    sync.Mutex
	last  migration.Features
	taken time.Time // of last; zero before the first
}

// NewWatcher returns a watcher of the machine that read measures, as Read does, by
// the clock now.
func NewWatcher(read func(context.Context, time.Duration) (Snapshot, error), now func() time.Time) *Watcher {
	return &Watcher{read: read, now: now}
}

// Features returns the machine described as the VM to migrate, as of at most a second
// ago. The error is that of ctx if ctx ends first, or that of the measurement, which
// is not kept: the next call measures again.
func (w *Watcher) Features(ctx context.Context) (migration.Features, error) {
	if x, fresh := w.kept(); fresh {
		return x, nil
	}
	// The measurement is everyone's: it goes on when the one who began it leaves.
	shared := context.WithoutCancel(ctx)
	done := w.flight.DoChan("", func() (any, error) { return w.measure(shared) })
	select {
	case result := <-done:
		return result.Val.(migration.Features), result.Err
	case <-ctx.Done():
		return migration.Features{}, ctx.Err()
	}
}

// kept returns the last measurement, and whether it is fresh.
func (w *Watcher) kept() (migration.Features, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	age := w.now().Sub(w.taken)
	return w.last, !w.taken.IsZero() && age >= 0 && age < freshFor
}

// measure measures the machine, unless somebody did since the caller looked.
func (w *Watcher) measure(ctx context.Context) (migration.Features, error) {
	if x, fresh := w.kept(); fresh {
		return x, nil
	}
	snapshot, err := w.read(ctx, watchInterval)
	if err != nil {
		return migration.Features{}, fmt.Errorf("read this machine: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last, w.taken = snapshot.Features(), w.now()
	return w.last, nil
}
