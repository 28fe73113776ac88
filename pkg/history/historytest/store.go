package historytest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/history"
)

// An Opener opens the history at a location, as an implementation does for everybody,
// but with a clock that the tests set.
type Opener func(ctx context.Context, location string, now func() time.Time) (history.Store, error)

// Must returns the store at a location. It is closed when the test ends.
func (open Opener) Must(t testing.TB, location string, now func() time.Time) history.Store {
	t.Helper()
	s, err := open(t.Context(), location, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Close(t, s) })
	return s
}

// Close closes a store and fails the test if that fails.
func Close(t testing.TB, s history.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Add appends entries without a key and returns their IDs.
func Add(t testing.TB, s history.Store, added ...history.Entry) []int64 {
	t.Helper()
	r, err := s.Append(t.Context(), history.Batch{Entries: added})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.IDs) != len(added) || r.Replayed {
		t.Fatalf("%d entries appended, receipt %+v", len(added), r)
	}
	return r.IDs
}

// Collect returns all that a query chooses.
func Collect(t testing.TB, s history.Store, q history.Query) []history.Entry {
	t.Helper()
	var got []history.Entry
	for e, err := range history.All(t.Context(), s, q) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	return got
}

// Groups returns the groups of entries.
func Groups(from []history.Entry) []string {
	names := make([]string, len(from))
	for i, e := range from {
		names[i] = e.Group
	}
	return names
}

// SameGroups fails the test unless entries are those of the wanted groups, each once.
func SameGroups(t testing.TB, want []string, got []history.Entry) {
	t.Helper()
	names := Groups(got)
	slices.Sort(names)
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

// A clock is a clock that is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)}
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
