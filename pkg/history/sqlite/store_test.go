package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/history/historytest"
	"vmmp/pkg/history/internal/table"
)

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "history.db") }

func mustOpen(t testing.TB, path string) history.Store {
	t.Helper()
	return historytest.Opener(openAt).Must(t, path, time.Now)
}

func TestSQLite(t *testing.T) {
	place := func(t *testing.T) string { return newPath(t) }
	historytest.Run(t, openAt, place)
	historytest.RunTables(t, openAt, place, func(ctx context.Context, s history.Store, query string, args ...any) (int64, error) {
		return s.(*store).exec(ctx, query, args...)
	})
}

func TestKilled(t *testing.T) {
	historytest.RunKilled(t, openAt, newPath(t), 4, func(w *historytest.Writer) { w.Kill(t) })
}

// pragma sets up the connection that writes.
func pragma(t *testing.T, s history.Store, text string) {
	t.Helper()
	err := s.(*store).perform(t.Context(), 0, func(ctx context.Context, w *writer) error {
		_, err := w.conn.ExecContext(ctx, "PRAGMA "+text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A full disk loses nothing, and appends go on once there is room.
func TestFull(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	historytest.Add(t, s, historytest.FullEntry("before"))
	pragma(t, s, "max_page_count = 1") // as few as there are
	large := history.Batch{Entries: slices.Repeat([]history.Entry{historytest.FullEntry("large")}, 500), Key: "large"}
	_, err := s.Append(t.Context(), large)
	if !errors.Is(err, history.ErrFull) || !strings.HasPrefix(err.Error(), path+": no space left for the history: ") || !strings.Contains(err.Error(), "make room") {
		t.Errorf("%v", err)
	}
	if got := historytest.Groups(historytest.Collect(t, s, history.Query{})); !slices.Equal(got, []string{"before"}) {
		t.Errorf("kept %v", got)
	}
	pragma(t, s, "max_page_count = 1000000")
	if r, err := s.Append(t.Context(), large); err != nil || r.Replayed {
		t.Error(r.Replayed, err)
	}
}

// hold takes the lock of writers as another process would, until it is released.
func hold(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.Exec("ROLLBACK"); err != nil {
			t.Error(err)
		}
	}
}

// Reading never waits for writing; writing waits for another process, but not for
// ever.
func TestBusy(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	historytest.Add(t, s, historytest.FullEntry("a"))
	pragma(t, s, "busy_timeout = 20")
	release := hold(t, path)
	_, err := s.Append(t.Context(), history.Batch{Entries: []history.Entry{historytest.FullEntry("b")}})
	if !errors.Is(err, history.ErrBusy) || !strings.HasPrefix(err.Error(), path+": history is held by another process: ") {
		t.Errorf("Append: %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, history.ErrBusy) {
		t.Errorf("Ping: %v", err)
	}
	if _, err := s.Prune(t.Context(), history.Retention{MaxAge: 1}); !errors.Is(err, history.ErrBusy) {
		t.Errorf("Prune: %v", err)
	}
	if got := historytest.Groups(historytest.Collect(t, s, history.Query{})); !slices.Equal(got, []string{"a"}) {
		t.Errorf("read %v", got)
	}
	appended := make(chan error)
	patient := mustOpen(t, path) // it also opens while the lock is held
	go func() {
		_, err := patient.Append(t.Context(), history.Batch{Entries: []history.Entry{historytest.FullEntry("c")}})
		appended <- err
	}()
	release()
	if err := <-appended; err != nil {
		t.Error(err)
	}
	if got := historytest.Groups(historytest.Collect(t, s, history.Query{})); !slices.Equal(got, []string{"c", "a"}) {
		t.Errorf("read %v", got)
	}
}

// Appends that wait share a transaction: one that is refused or given up is not
// among it and does not fail the others.
func TestGroup(t *testing.T) {
	s := mustOpen(t, newPath(t)).(*store)
	if _, err := s.Append(t.Context(), history.Batch{Key: "used", Digest: [32]byte{1}}); err != nil {
		t.Fatal(err)
	}
	blocked, release := make(chan struct{}), make(chan struct{})
	go s.perform(t.Context(), 0, func(context.Context, *writer) error { //nolint:errcheck // it only takes the writer's time
		close(blocked)
		<-release
		return nil
	})
	<-blocked

	impatient, cancel := context.WithCancel(t.Context())
	given := make(chan error)
	go func() {
		_, err := s.Append(impatient, history.Batch{Entries: []history.Entry{historytest.FullEntry("given up")}})
		given <- err
	}()
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}

	results := map[string]chan error{"a": nil, "reused": nil, "b": nil}
	for name := range results {
		done := make(chan error, 1)
		results[name] = done
		b := history.Batch{Entries: []history.Entry{historytest.FullEntry(name)}}
		if name == "reused" {
			b.Key = "used"
		}
		go func() {
			_, err := s.Append(t.Context(), b)
			done <- err
		}()
	}
	close(release)
	for name, done := range results {
		if err := <-done; errors.Is(err, history.ErrKeyReused) != (name == "reused") || err != nil && name != "reused" {
			t.Errorf("%s: %v", name, err)
		}
	}
	historytest.SameGroups(t, []string{"a", "b"}, historytest.Collect(t, s, history.Query{}))
}

// A group that fails fails whole, and the next one does not suffer from it.
func TestGroupFails(t *testing.T) {
	s := mustOpen(t, newPath(t)).(*store)
	rows, err := table.EncodeRows([]history.Entry{historytest.FullEntry("a")})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	adds := func(ctx context.Context, w *writer) error {
		_, err := w.append(ctx, history.Batch{}, rows)
		return err
	}
	breaks := func(context.Context, *writer) error { return broken }
	group := []*task{{run: adds}, {run: breaks}, {run: adds}}
	for _, one := range group {
		one.done = make(chan error, 1)
	}
	ran := s.perform(t.Context(), 0, func(ctx context.Context, w *writer) error {
		if _, err := w.commit.ExecContext(ctx); err != nil { // of this task itself
			return err
		}
		w.do(group)
		_, err := w.begin.ExecContext(ctx)
		return err
	})
	if ran != nil {
		t.Fatal(ran)
	}
	for _, one := range group {
		if err := <-one.done; !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
	}
	historytest.Add(t, s, historytest.FullEntry("b"))
	historytest.SameGroups(t, []string{"b"}, historytest.Collect(t, s, history.Query{}))
}

// The plan of each query uses an index, so that a page costs what it holds.
func TestQueriesUseIndexes(t *testing.T) {
	s := mustOpen(t, newPath(t)).(*store)
	for query, index := range map[string]string{
		"SELECT body FROM vmmp_entries WHERE grp = ? AND id < ? ORDER BY id DESC":    "vmmp_entries_grp (grp=? AND rowid<?)",
		"SELECT body FROM vmmp_entries WHERE source = ? AND id < ? ORDER BY id DESC": "vmmp_entries_source (source=? AND rowid<?)",
		"SELECT body FROM vmmp_entries WHERE id < ? ORDER BY id DESC":                "INTEGER PRIMARY KEY (rowid<?)",
		"SELECT id FROM vmmp_entries WHERE recorded_at < ? ORDER BY recorded_at":     "vmmp_entries_recorded_at (recorded_at<?)",
	} {
		var id, parent, unused int
		var plan string
		args := slices.Repeat([]any{1}, strings.Count(query, "?"))
		if err := s.DB.QueryRow("EXPLAIN QUERY PLAN "+query, args...).Scan(&id, &parent, &unused, &plan); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(plan, index) {
			t.Errorf("%s: %s", query, plan)
		}
	}
}
