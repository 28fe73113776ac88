package accuracy

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/history"
)

// newTestTracker is a tracker over a store that nothing has been asked of yet.
func newTestTracker(t testing.TB, entries int) (*Tracker, *memory, *clock) {
	t.Helper()
	store, c := &memory{}, &clock{time: noon}
	store.fill(t, entries)
	return NewTracker(store, configured, c.now), store, c
}

// assessed asks one of a tracker's methods and fails unless that many entries count.
func assessed(t testing.TB, ask func(context.Context) (Accuracy, error), want int) {
	t.Helper()
	a, err := ask(t.Context())
	if err != nil || a.Assessed != want {
		t.Fatalf("assessed %d, want %d: %v", a.Assessed, want, err)
	}
}

func TestTrackerAnswersWhatAssessDoes(t *testing.T) {
	for name, store := range map[string]history.Store{"memory": &memory{}, "file": file(t)} {
		if _, err := store.Append(t.Context(), history.Batch{Entries: past()}); err != nil {
			t.Fatal(err)
		}
		got, err := NewTracker(store, configured, (&clock{time: noon}).now).Accuracy(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Assess(past(), noon, configured), got, exact); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTrackerIsNeverBehindItsOwnAppends(t *testing.T) {
	tracker, store, _ := newTestTracker(t, 0)
	for n := range 5 {
		assessed(t, tracker.Accuracy, n)
		store.fill(t, 1)
		tracker.Changed()
	}
}

func TestTrackerKeepsWhatItRead(t *testing.T) {
	tracker, store, c := newTestTracker(t, 3)
	assessed(t, tracker.Accuracy, 3)
	store.fill(t, 1) // by another replica
	c.forward(Staleness - 1)
	assessed(t, tracker.Accuracy, 3)
	assessed(t, tracker.Recent, 3)
	if n := len(store.queries()); n != 1 {
		t.Errorf("%d reads", n)
	}
	c.forward(1)
	assessed(t, tracker.Recent, 4)
	assessed(t, tracker.Accuracy, 4)
	if n := len(store.queries()); n != 2 {
		t.Errorf("%d reads", n)
	}
}

func TestRecentReadsSeldom(t *testing.T) {
	tracker, store, c := newTestTracker(t, 1)
	assessed(t, tracker.Recent, 1)
	for range 100 {
		store.fill(t, 1)
		tracker.Changed()
		assessed(t, tracker.Recent, 1)
	}
	c.forward(Staleness)
	assessed(t, tracker.Recent, 101)
	if n := len(store.queries()); n != 2 {
		t.Errorf("%d reads", n)
	}
}

// The windows move on although nothing is appended.
func TestTrackerForgetsYesterday(t *testing.T) {
	tracker, _, c := newTestTracker(t, 2)
	for _, want := range []int{2, 0} {
		a, err := tracker.Recent(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if w := find(t, a, "24h", AllSources); w.Outcomes != want {
			t.Errorf("%d outcomes of the last day, want %d", w.Outcomes, want)
		}
		c.forward(day)
	}
}

func TestTrackerReadsPages(t *testing.T) {
	for _, test := range []struct {
		entries, assessed, reads int
		truncated                bool
	}{
		{0, 0, 1, false},
		{1, 1, 1, false},
		{pageRows - 1, pageRows - 1, 1, false},
		{pageRows, pageRows, 2, false},
		{pageRows + 1, pageRows + 1, 2, false},
		{MaxAssessed, MaxAssessed, MaxAssessed/pageRows + 1, false},
		{MaxAssessed + 1, MaxAssessed, MaxAssessed/pageRows + 1, true},
		{2 * MaxAssessed, MaxAssessed, MaxAssessed/pageRows + 1, true},
	} {
		tracker, store, _ := newTestTracker(t, test.entries)
		a, err := tracker.Accuracy(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if w := find(t, a, "all", AllSources); a.Assessed != test.assessed || a.Truncated != test.truncated || w.Outcomes != test.assessed {
			t.Errorf("%d entries: assessed %d, truncated %v, outcomes %d", test.entries, a.Assessed, a.Truncated, w.Outcomes)
		}
		queries := store.queries()
		if len(queries) != test.reads {
			t.Errorf("%d entries: %d reads, want %d", test.entries, len(queries), test.reads)
		}
		for _, q := range queries {
			if q.Limit < 1 || q.Limit > pageRows {
				t.Errorf("%d entries: a page of %d", test.entries, q.Limit)
			}
		}
	}
}

// What is left out is what was recorded first.
func TestTrackerAssessesTheNewest(t *testing.T) {
	tracker, store, _ := newTestTracker(t, MaxAssessed)
	wrong := predicted(100, 1000)
	entries := []history.Entry{wrong}
	if _, err := store.Append(t.Context(), history.Batch{Entries: entries}); err != nil {
		t.Fatal(err)
	}
	a, err := tracker.Accuracy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const want = 1 - 1.0/MaxAssessed
	if got := float64(find(t, a, "all", "all").Within25); got != want {
		t.Errorf("share of hits %v, want %v", got, want)
	}
}

func TestTrackerTellsWhyItCannotRead(t *testing.T) {
	tracker, store, c := newTestTracker(t, 2)
	broken := errors.New("disk on fire")
	store.err = broken
	for _, ask := range []func(context.Context) (Accuracy, error){tracker.Accuracy, tracker.Recent} {
		if a, err := ask(t.Context()); !errors.Is(err, broken) || a.Windows != nil {
			t.Errorf("%+v, %v", a, err)
		}
	}
	store.err = nil
	assessed(t, tracker.Accuracy, 2)
	store.err = broken
	assessed(t, tracker.Accuracy, 2) // since nothing has to be read
	c.forward(Staleness)
	if _, err := tracker.Accuracy(t.Context()); !errors.Is(err, broken) {
		t.Errorf("what is too old is answered: %v", err)
	}
}

func TestTrackerReadsOnceForAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker, store, _ := newTestTracker(t, 3)
		store.hold = make(chan struct{})
		var group sync.WaitGroup
		for i := range 50 {
			ask := tracker.Accuracy
			if i%2 == 0 {
				ask = tracker.Recent
			}
			group.Go(func() {
				if a, err := ask(t.Context()); err != nil || a.Assessed != 3 {
					t.Errorf("assessed %d: %v", a.Assessed, err)
				}
			})
		}
		synctest.Wait() // one reads, the others wait
		close(store.hold)
		group.Wait()
		if n := len(store.queries()); n != 1 {
			t.Errorf("%d reads", n)
		}
	})
}

// A reading that began before an append may not have seen it.
func TestTrackerReadsAgainForWhoAppendedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker, store, _ := newTestTracker(t, 1)
		store.hold = make(chan struct{})
		var group sync.WaitGroup
		ask := func(how func(context.Context) (Accuracy, error), atLeast int) {
			group.Go(func() {
				if a, err := how(t.Context()); err != nil || a.Assessed < atLeast {
					t.Errorf("assessed %d, want %d at least: %v", a.Assessed, atLeast, err)
				}
			})
			synctest.Wait()
		}
		ask(tracker.Accuracy, 1) // reads, and has counted no changes
		store.fill(t, 1)
		tracker.Changed()
		for range 10 {
			ask(tracker.Accuracy, 2)
			ask(tracker.Recent, 1)
		}
		close(store.hold)
		group.Wait()
		if n := len(store.queries()); n != 2 {
			t.Errorf("%d reads", n)
		}
	})
}

func TestTrackerLetsGoOfWhoStopsWaiting(t *testing.T) {
	tracker, store, _ := newTestTracker(t, 1)
	store.hold, store.reading = make(chan struct{}), make(chan struct{})
	answer := make(chan Accuracy, 1)
	go func() {
		a, err := tracker.Accuracy(t.Context())
		if err != nil {
			t.Error(err)
		}
		answer <- a
	}()
	<-store.reading // and holds the refresh
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tracker.Accuracy(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who waited in vain: %v", err)
	}
	store.hold <- struct{}{}
	if a := <-answer; a.Assessed != 1 {
		t.Errorf("who read meanwhile: assessed %d", a.Assessed)
	}
}

// Whoever reads and stops waiting leaves the refresh to the next.
func TestTrackerOutlivesAReaderThatIsCancelled(t *testing.T) {
	tracker, store, _ := newTestTracker(t, 1)
	store.hold, store.reading = make(chan struct{}), make(chan struct{}, 2)
	gone, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := tracker.Accuracy(gone)
		failed <- err
	}()
	<-store.reading
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the reader: %v", err)
	}
	close(store.hold)
	assessed(t, tracker.Accuracy, 1)
}

// Appends and questions of many: whoever appended n sees n at least.
func TestTrackerUnderConcurrentAppends(t *testing.T) {
	tracker, store, c := newTestTracker(t, 0)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				r, err := store.Append(t.Context(), history.Batch{Entries: []history.Entry{predicted(100, 110)}})
				if err != nil {
					t.Error(err)
				}
				tracker.Changed()
				if a, err := tracker.Accuracy(t.Context()); err != nil || int64(a.Assessed) < r.IDs[0] {
					t.Errorf("assessed %d after entry %d: %v", a.Assessed, r.IDs[0], err)
				}
				c.forward(time.Second)
				if _, err := tracker.Recent(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	assessed(t, tracker.Accuracy, 200)
}

func BenchmarkTracker(b *testing.B) {
	entries := make([]history.Entry, MaxAssessed)
	for i := range entries {
		entries[i] = predicted(100, 110)
		entries[i].Features = busy(50)
		entries[i].At = noon
	}
	for name, store := range map[string]history.Store{"memory": &memory{}, "file": file(b)} {
		if _, err := store.Append(b.Context(), history.Batch{Entries: entries}); err != nil {
			b.Fatal(err)
		}
		tracker := NewTracker(store, configured, (&clock{time: noon}).now)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tracker.Changed()
				assessed(b, tracker.Accuracy, MaxAssessed)
			}
		})
	}
}
