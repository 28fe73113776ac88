package history

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

func testRetentionByAge(t *testing.T, location string) {
	c := newClock()
	s := open(t, location, c.read)
	for i := range 5 {
		add(t, s, fullEntry(fmt.Sprint(i)))
		c.advance(time.Hour)
	}
	mustPrune(t, s, Retention{}, 0)
	mustPrune(t, s, Retention{MaxAge: 5 * time.Hour}, 0)
	mustPrune(t, s, Retention{MaxAge: 3*time.Hour - time.Microsecond}, 3)
	if got := groups(collect(t, s, Query{})); !slices.Equal(got, []string{"4", "3"}) {
		t.Errorf("kept %v", got)
	}
}

func testRetentionByRows(t *testing.T, location string) {
	c := newClock()
	s := open(t, location, c.read)
	const rows = 2*pruneRows + 10
	var b Batch
	for i := range rows {
		b.Entries = append(b.Entries, Entry{Record: migration.Record{Outcome: migration.UnknownOutcome(), Group: fmt.Sprint(i)}})
	}
	newest := add(t, s, b.Entries...)[rows-1]
	mustPrune(t, s, Retention{MaxRows: rows}, 0)
	mustPrune(t, s, Retention{MaxRows: rows + 1}, 0)
	mustPrune(t, s, Retention{MaxRows: 3}, rows-3)
	want := []string{fmt.Sprint(rows - 1), fmt.Sprint(rows - 2), fmt.Sprint(rows - 3)}
	if got := groups(collect(t, s, Query{})); !slices.Equal(got, want) {
		t.Errorf("kept %v", got)
	}
	// What is deleted frees no id.
	c.advance(time.Hour)
	mustPrune(t, s, Retention{MaxAge: time.Minute, MaxRows: 1}, 3)
	if id := add(t, s, emptyEntry())[0]; id <= newest {
		t.Errorf("id %d after %d", id, newest)
	}
}

// Several pruners at once delete each row once, and leave what is to be kept.
func testPrunedWhileInUse(t *testing.T, location string) {
	var stores []Store
	for range 2 {
		stores = append(stores, open(t, location, time.Now))
	}
	const rows = pruneRows + 500
	add(t, stores[0], slices.Repeat([]Entry{emptyEntry()}, rows)...)
	var wait sync.WaitGroup
	deleted := make([]int64, len(stores))
	for i, s := range stores {
		wait.Go(func() {
			var err error
			if deleted[i], err = s.Prune(t.Context(), Retention{MaxRows: 10}); err != nil {
				t.Error(err)
			}
			if _, err := s.Append(t.Context(), Batch{Entries: []Entry{fullEntry("new")}}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	left := int64(len(collect(t, stores[0], Query{})))
	if sum := deleted[0] + deleted[1]; left < 10 || left > 12 || left != rows+2-sum {
		t.Errorf("%v deleted, %d left", deleted, left)
	}
}
