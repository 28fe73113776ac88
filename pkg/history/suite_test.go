package history

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
)

// testStore checks what holds of every history. place names a location where
// none is yet.
func testStore(t *testing.T, place func(*testing.T) string) {
	for name, test := range map[string]func(*testing.T, string){
		"comes back":          testComesBack,
		"model":               testModel,
		"replay":              testReplay,
		"same key at once":    testSameKeyAtOnce,
		"batches are atomic":  testAtomic,
		"retention by age":    testRetentionByAge,
		"retention by rows":   testRetentionByRows,
		"large batch":         testLargeBatch,
		"times":               testTimes,
		"context":             testContext,
		"close":               testClose,
		"close waits":         testCloseWaits,
		"many goroutines":     testManyGoroutines,
		"two stores":          testTwoStores,
		"opened at once":      testOpenedAtOnce,
		"fields of a newer":   testNewerFields,
		"schema of a newer":   testNewerSchema,
		"interrupted start":   testInterruptedStart,
		"damaged rows":        testDamagedRows,
		"all, left early":     testAllLeftEarly,
		"pruned while in use": testPrunedWhileInUse,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

// clock is a clock that is set by hand.
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

// open opens a store that is closed when the test ends.
func open(t testing.TB, location string, now func() time.Time) Store {
	t.Helper()
	s, err := openAt(t.Context(), location, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	return s
}

func shut(t testing.TB, s Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// add appends entries without a key.
func add(t testing.TB, s Store, added ...Entry) []int64 {
	t.Helper()
	r, err := s.Append(t.Context(), Batch{Entries: added})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.IDs) != len(added) || r.Replayed {
		t.Fatalf("%d entries appended, receipt %+v", len(added), r)
	}
	return r.IDs
}

// collect is all that a query chooses.
func collect(t testing.TB, s Store, q Query) []Entry {
	t.Helper()
	var got []Entry
	for e, err := range All(t.Context(), s, q) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	return got
}

// groups are those of entries.
func groups(from []Entry) []string {
	names := make([]string, len(from))
	for i, e := range from {
		names[i] = e.Group
	}
	return names
}

// execute changes a database behind the store's back.
func execute(t testing.TB, s Store, query string, args ...any) {
	t.Helper()
	n, err := s.(interface {
		exec(context.Context, string, ...any) (int64, error)
	}).exec(t.Context(), query, args...)
	if err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", query, n, err)
	}
}

func testComesBack(t *testing.T, location string) {
	c := newClock()
	s := open(t, location, c.read)
	unmeasured := fullEntry("日本語 ключ \U0001f680 '\"%_\\")
	unmeasured.Outcome, unmeasured.Prediction.TotalTimeMS = migration.UnknownOutcome(), nil
	unmeasured.PredictionID = "with \x00 and \u2028"
	appended := []Entry{fullEntry("web-1"), emptyEntry(), unmeasured}
	ids := add(t, s, appended...)
	if !slices.IsSorted(ids) || ids[0] <= 0 {
		t.Errorf("ids %v", ids)
	}
	var want []Entry
	for i, e := range slices.Backward(appended) {
		want = append(want, kept(e, ids[i], c.read()))
	}
	for _, from := range []Store{s, open(t, location, c.read)} {
		got, err := from.Read(t.Context(), Query{})
		if diff := cmp.Diff(want, got, entries); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
	if got := collect(t, s, Query{Group: unmeasured.Group}); len(got) != 1 || got[0].ID != ids[2] {
		t.Errorf("by its group %v", got)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func testAtomic(t *testing.T, location string) {
	s := open(t, location, time.Now)
	endless, split, late := fullEntry("endless"), fullEntry("two\nlines"), fullEntry("late")
	endless.Outcome.DowntimeMS = math.Inf(1)
	late.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	doubtful := fullEntry("doubtful")
	doubtful.Prediction.Confidence = math.NaN()
	for name, bad := range map[string]Entry{"infinite": endless, "group": split, "time": late, "prediction": doubtful} {
		b := Batch{Entries: []Entry{fullEntry("good"), bad}, Key: name}
		if _, err := s.Append(t.Context(), b); err == nil || !strings.Contains(err.Error(), "migration 2 of the batch") {
			t.Errorf("%s: %v", name, err)
		}
		b.Entries = b.Entries[:0]
		if r, err := s.Append(t.Context(), b); err != nil || r.Replayed {
			t.Errorf("%s: the key of what was refused is taken: %v, %v", name, r, err)
		}
	}
	if got := collect(t, s, Query{}); len(got) > 0 {
		t.Errorf("half a batch: %v", got)
	}
}

func testLargeBatch(t *testing.T, location string) {
	s := open(t, location, time.Now)
	var b []Entry
	for i := range 5000 {
		b = append(b, fullEntry(fmt.Sprint(i)))
	}
	ids := add(t, s, b...)
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 5000 {
		t.Error("ids do not ascend")
	}
	first, err := s.Read(t.Context(), Query{})
	if err != nil || len(first) != defaultLimit {
		t.Errorf("%d without a limit, %v", len(first), err)
	}
	got := collect(t, s, Query{Limit: 1000}) // the last page is full
	if len(got) != 5000 || got[0].Group != "4999" || got[4999].Group != "0" {
		t.Fatalf("%d entries", len(got))
	}
}

// Times at the ends of what can be written down come back, and Since compares the
// migration's own time.
func testTimes(t *testing.T, location string) {
	s := open(t, location, time.Now)
	at := []time.Time{
		time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999999, time.UTC),
		time.Date(2026, 3, 29, 2, 30, 0, 1500, time.FixedZone("", -5*3600)), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	}
	for _, one := range at {
		e := emptyEntry()
		e.At = one
		add(t, s, e)
	}
	add(t, s, emptyEntry())
	got := collect(t, s, Query{})
	if !got[0].At.IsZero() {
		t.Errorf("unknown came back as %s", got[0].At)
	}
	for i, one := range at {
		if back := got[len(at)-i].At; back != one.UTC().Truncate(time.Microsecond) {
			t.Errorf("%s came back as %s", one, back)
		}
	}
	for _, c := range []struct {
		since time.Time
		want  int
	}{
		{time.Time{}, 5}, {at[0], 4}, {at[1], 2}, {at[1].Truncate(time.Microsecond), 3},
		{at[2].Truncate(time.Microsecond), 2}, {at[2], 1}, {at[3], 1}, {at[3].Add(time.Nanosecond), 0},
	} {
		if got := collect(t, s, Query{Since: c.since}); len(got) != c.want {
			t.Errorf("since %s: %d, want %d", c.since, len(got), c.want)
		}
	}
}

func testContext(t *testing.T, location string) {
	s := open(t, location, time.Now)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Append(ended, Batch{Entries: []Entry{fullEntry("late")}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Append: %v", err)
	}
	if _, err := s.Read(ended, Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
	if _, err := s.Prune(ended, Retention{MaxRows: 1, MaxAge: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("Prune: %v", err)
	}
	if err := s.Ping(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Ping: %v", err)
	}
	if _, err := Open(ended, location); !errors.Is(err, context.Canceled) {
		t.Errorf("Open: %v", err)
	}
	if got := collect(t, s, Query{}); len(got) > 0 {
		t.Errorf("appended nevertheless: %v", got)
	}
}

func testClose(t *testing.T, location string) {
	s := open(t, location, time.Now)
	for range 2 {
		shut(t, s)
	}
	if _, err := s.Append(t.Context(), Batch{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Append: %v", err)
	}
	if _, err := s.Read(t.Context(), Query{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Read: %v", err)
	}
	if _, err := s.Prune(t.Context(), Retention{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Prune: %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Ping: %v", err)
	}
	for _, err := range All(t.Context(), s, Query{}) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("All: %v", err)
		}
	}
}

func testAllLeftEarly(t *testing.T, location string) {
	s := open(t, location, time.Now)
	add(t, s, fullEntry("a"), fullEntry("b"), fullEntry("c"))
	var got []string
	for e, err := range All(t.Context(), s, Query{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, e.Group); len(got) == 2 {
			break
		}
	}
	if !slices.Equal(got, []string{"c", "b"}) {
		t.Error(got)
	}
	shut(t, s)
}
