package historytest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
)

// Run tests an implementation of history.Store, each promise of its contract on a
// history of its own. open opens a store; place returns a location where no history is
// yet.
func Run(t *testing.T, open Opener, place func(*testing.T) string) {
	run(t, open, place, map[string]func(*testing.T, Opener, string){
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
		"all, left early":     testAllLeftEarly,
		"pruned while in use": testPrunedWhileInUse,
	})
}

func run(t *testing.T, open Opener, place func(*testing.T) string, tests map[string]func(*testing.T, Opener, string)) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, open, place(t)) })
	}
}

func testComesBack(t *testing.T, open Opener, location string) {
	c := newClock()
	s := open.Must(t, location, c.read)
	unmeasured := FullEntry("日本語 ключ \U0001f680 '\"%_\\")
	unmeasured.Outcome, unmeasured.Prediction.TotalTimeMS = migration.UnknownOutcome(), nil
	unmeasured.PredictionID = "with \x00 and \u2028"
	appended := []history.Entry{FullEntry("web-1"), EmptyEntry(), unmeasured}
	ids := Add(t, s, appended...)
	if !slices.IsSorted(ids) || ids[0] <= 0 {
		t.Errorf("ids %v", ids)
	}
	var want []history.Entry
	for i, e := range slices.Backward(appended) {
		want = append(want, Kept(e, ids[i], c.read()))
	}
	for _, from := range []history.Store{s, open.Must(t, location, c.read)} {
		got, err := from.Read(t.Context(), history.Query{})
		if diff := cmp.Diff(want, got, Equal); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
	if got := Collect(t, s, history.Query{Group: unmeasured.Group}); len(got) != 1 || got[0].ID != ids[2] {
		t.Errorf("by its group %v", got)
	}
	if got := Collect(t, s, history.Query{Site: "rack 4"}); len(got) != 2 || got[0].ID != ids[2] || got[1].ID != ids[0] {
		t.Errorf("by its site %v", got)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func testAtomic(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	endless, split, late := FullEntry("endless"), FullEntry("two\nlines"), FullEntry("late")
	endless.Outcome.DowntimeMS = math.Inf(1)
	late.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	doubtful := FullEntry("doubtful")
	doubtful.Prediction.Confidence = math.NaN()
	for name, bad := range map[string]history.Entry{
		"infinite": endless, "group": split, "time": late, "prediction": doubtful,
	} {
		b := history.Batch{Entries: []history.Entry{FullEntry("good"), bad}, Key: name}
		if _, err := s.Append(t.Context(), b); err == nil || !strings.Contains(err.Error(), "migration 2 of the batch") {
			t.Errorf("%s: %v", name, err)
		}
		b.Entries = b.Entries[:0]
		if r, err := s.Append(t.Context(), b); err != nil || r.Replayed {
			t.Errorf("%s: the key of what was refused is taken: %v, %v", name, r, err)
		}
	}
	if got := Collect(t, s, history.Query{}); len(got) > 0 {
		t.Errorf("half a batch: %v", got)
	}
}

func testLargeBatch(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	var b []history.Entry
	for i := range 5000 {
		b = append(b, FullEntry(fmt.Sprint(i)))
	}
	ids := Add(t, s, b...)
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 5000 {
		t.Error("ids do not ascend")
	}
	first, err := s.Read(t.Context(), history.Query{})
	if err != nil || len(first) != history.DefaultLimit {
		t.Errorf("%d without a limit, %v", len(first), err)
	}
	got := Collect(t, s, history.Query{Limit: 1000}) // the last page is full
	if len(got) != 5000 || got[0].Group != "4999" || got[4999].Group != "0" {
		t.Fatalf("%d entries", len(got))
	}
}

// Times at the ends of what can be written down come back, and Since compares the
// migration's own time.
func testTimes(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	at := []time.Time{
		time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999999, time.UTC),
		time.Date(2026, 3, 29, 2, 30, 0, 1500, time.FixedZone("", -5*3600)),
		time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	}
	for _, one := range at {
		e := EmptyEntry()
		e.At = one
		Add(t, s, e)
	}
	Add(t, s, EmptyEntry())
	got := Collect(t, s, history.Query{})
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
		if got := Collect(t, s, history.Query{Since: c.since}); len(got) != c.want {
			t.Errorf("since %s: %d, want %d", c.since, len(got), c.want)
		}
	}
}

func testContext(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	b := history.Batch{Entries: []history.Entry{FullEntry("late")}}
	if _, err := s.Append(ended, b); !errors.Is(err, context.Canceled) {
		t.Errorf("Append: %v", err)
	}
	if _, err := s.Read(ended, history.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
	if _, err := s.Prune(ended, history.Retention{MaxRows: 1, MaxAge: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("Prune: %v", err)
	}
	if err := s.Ping(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Ping: %v", err)
	}
	if _, err := open(ended, location, time.Now); !errors.Is(err, context.Canceled) {
		t.Errorf("Open: %v", err)
	}
	if got := Collect(t, s, history.Query{}); len(got) > 0 {
		t.Errorf("appended nevertheless: %v", got)
	}
}

func testClose(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	for range 2 {
		Close(t, s)
	}
	if _, err := s.Append(t.Context(), history.Batch{}); !errors.Is(err, history.ErrClosed) {
		t.Errorf("Append: %v", err)
	}
	if _, err := s.Read(t.Context(), history.Query{}); !errors.Is(err, history.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
	if _, err := s.Prune(t.Context(), history.Retention{}); !errors.Is(err, history.ErrClosed) {
		t.Errorf("Prune: %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, history.ErrClosed) {
		t.Errorf("Ping: %v", err)
	}
	for _, err := range history.All(t.Context(), s, history.Query{}) {
		if !errors.Is(err, history.ErrClosed) {
			t.Errorf("All: %v", err)
		}
	}
}

func testAllLeftEarly(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	Add(t, s, FullEntry("a"), FullEntry("b"), FullEntry("c"))
	var got []string
	for e, err := range history.All(t.Context(), s, history.Query{Limit: 1}) {
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
	Close(t, s)
}
