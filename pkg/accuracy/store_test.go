package accuracy

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/history/sqlite"
)

// memory is a history.Store in memory that counts what it is asked.
type memory struct {
	mu      sync.Mutex
	entries []history.Entry // by ascending ID
	reads   []history.Query
	err     error         // of every read
	hold    chan struct{} // each read waits for an element of it, unless it is nil
	reading chan struct{} // is told of each read that begins, unless it is nil
}

func (m *memory) Append(_ context.Context, b history.Batch) (history.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var r history.Receipt
	for _, e := range b.Entries {
		e.ID = int64(len(m.entries) + 1)
		m.entries = append(m.entries, e)
		r.IDs = append(r.IDs, e.ID)
	}
	return r, nil
}

func (m *memory) Read(ctx context.Context, q history.Query) ([]history.Entry, error) {
	if m.reading != nil {
		m.reading <- struct{}{}
	}
	if m.hold != nil {
		select {
		case <-m.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads = append(m.reads, q)
	if m.err != nil {
		return nil, m.err
	}
	end := len(m.entries)
	if q.Before > 0 {
		end = min(end, int(q.Before)-1)
	}
	page := slices.Clone(m.entries[max(0, end-q.Limit):end])
	slices.Reverse(page)
	return page, nil
}

func (m *memory) Prune(context.Context, history.Retention) (int64, error) { return 0, nil }
func (m *memory) Ping(context.Context) error                              { return nil }
func (m *memory) Close() error                                            { return nil }

// queries is what has been asked so far.
func (m *memory) queries() []history.Query {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.reads)
}

// file is a history in a new file.
func file(t testing.TB) history.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// fill appends n entries of one pause each.
func (m *memory) fill(t testing.TB, n int) {
	t.Helper()
	entries := make([]history.Entry, n)
	for i := range entries {
		entries[i] = predicted(100, 110)
	}
	if _, err := m.Append(t.Context(), history.Batch{Entries: entries}); err != nil {
		t.Fatal(err)
	}
}

// clock is a clock that stands still until it is set forward.
type clock struct {
	mu   sync.Mutex
	time time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}
