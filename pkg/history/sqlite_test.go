package history

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "history.db") }

func TestSQLite(t *testing.T) {
	testStore(t, func(t *testing.T) string { return newPath(t) })
}

// pragma sets up the connection that writes.
func pragma(t *testing.T, s Store, text string) {
	t.Helper()
	err := s.(*sqliteStore).perform(t.Context(), 0, func(ctx context.Context, w *writer) error {
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
	s := open(t, path, time.Now)
	add(t, s, fullEntry("before"))
	pragma(t, s, "max_page_count = 1") // as few as there are
	large := Batch{Entries: slices.Repeat([]Entry{fullEntry("large")}, 500), Key: "large"}
	_, err := s.Append(t.Context(), large)
	if !errors.Is(err, ErrFull) || !strings.HasPrefix(err.Error(), path+": no space left for the history: ") || !strings.Contains(err.Error(), "make room") {
		t.Errorf("%v", err)
	}
	if got := groups(collect(t, s, Query{})); !slices.Equal(got, []string{"before"}) {
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
	s := open(t, path, time.Now)
	add(t, s, fullEntry("a"))
	pragma(t, s, "busy_timeout = 20")
	release := hold(t, path)
	_, err := s.Append(t.Context(), Batch{Entries: []Entry{fullEntry("b")}})
	if !errors.Is(err, ErrBusy) || !strings.HasPrefix(err.Error(), path+": history is held by another process: ") {
		t.Errorf("Append: %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("Ping: %v", err)
	}
	if _, err := s.Prune(t.Context(), Retention{MaxAge: 1}); !errors.Is(err, ErrBusy) {
		t.Errorf("Prune: %v", err)
	}
	if got := groups(collect(t, s, Query{})); !slices.Equal(got, []string{"a"}) {
		t.Errorf("read %v", got)
	}
	appended := make(chan error)
	patient := open(t, path, time.Now) // it also opens while the lock is held
	go func() {
		_, err := patient.Append(t.Context(), Batch{Entries: []Entry{fullEntry("c")}})
		appended <- err
	}()
	release()
	if err := <-appended; err != nil {
		t.Error(err)
	}
	if got := groups(collect(t, s, Query{})); !slices.Equal(got, []string{"c", "a"}) {
		t.Errorf("read %v", got)
	}
}

// Appends that wait share a transaction: one that is refused or given up is not
// among it and does not fail the others.
func TestGroup(t *testing.T) {
	s := open(t, newPath(t), time.Now).(*sqliteStore)
	if _, err := s.Append(t.Context(), Batch{Key: "used", Digest: [32]byte{1}}); err != nil {
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
		_, err := s.Append(impatient, Batch{Entries: []Entry{fullEntry("given up")}})
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
		b := Batch{Entries: []Entry{fullEntry(name)}}
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
		if err := <-done; errors.Is(err, ErrKeyReused) != (name == "reused") || err != nil && name != "reused" {
			t.Errorf("%s: %v", name, err)
		}
	}
	sameGroups(t, []string{"a", "b"}, collect(t, s, Query{}))
}

// A group that fails fails whole, and the next one does not suffer from it.
func TestGroupFails(t *testing.T) {
	s := open(t, newPath(t), time.Now).(*sqliteStore)
	rows, err := encodeRows([]Entry{fullEntry("a")})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	adds := func(ctx context.Context, w *writer) error {
		_, err := w.append(ctx, Batch{}, rows)
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
	add(t, s, fullEntry("b"))
	sameGroups(t, []string{"b"}, collect(t, s, Query{}))
}

// The plan of each query uses an index, so that a page costs what it holds.
func TestQueriesUseIndexes(t *testing.T) {
	s := open(t, newPath(t), time.Now).(*sqliteStore)
	for query, index := range map[string]string{
		"SELECT body FROM vmmp_entries WHERE grp = ? AND id < ? ORDER BY id DESC":    "vmmp_entries_grp (grp=? AND rowid<?)",
		"SELECT body FROM vmmp_entries WHERE source = ? AND id < ? ORDER BY id DESC": "vmmp_entries_source (source=? AND rowid<?)",
		"SELECT body FROM vmmp_entries WHERE id < ? ORDER BY id DESC":                "INTEGER PRIMARY KEY (rowid<?)",
		"SELECT id FROM vmmp_entries WHERE recorded_at < ? ORDER BY recorded_at":     "vmmp_entries_recorded_at (recorded_at<?)",
	} {
		var id, parent, unused int
		var plan string
		args := slices.Repeat([]any{1}, strings.Count(query, "?"))
		if err := s.reader.db.QueryRow("EXPLAIN QUERY PLAN "+query, args...).Scan(&id, &parent, &unused, &plan); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(plan, index) {
			t.Errorf("%s: %s", query, plan)
		}
	}
}
