package historytest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/history"
)

// manyRows are more than twice those that an implementation deletes in one
// transaction.
const manyRows = 2010

func testRetentionByAge(t *testing.T, open Opener, location string) {
	c := newClock()
	s := open.Must(t, location, c.read)
	for i := range 5 {
		Add(t, s, FullEntry(fmt.Sprint(i)))
		c.advance(time.Hour)
	}
	mustPrune(t, s, history.Retention{}, 0)
	mustPrune(t, s, history.Retention{MaxAge: 5 * time.Hour}, 0)
	mustPrune(t, s, history.Retention{MaxAge: 3*time.Hour - time.Microsecond}, 3)
	if got := Groups(Collect(t, s, history.Query{})); !slices.Equal(got, []string{"4", "3"}) {
		t.Errorf("kept %v", got)
	}
}

func testRetentionByRows(t *testing.T, open Opener, location string) {
	c := newClock()
	s := open.Must(t, location, c.read)
	const rows = manyRows
	var b history.Batch
	for i := range rows {
		e := EmptyEntry()
		e.Group = fmt.Sprint(i)
		b.Entries = append(b.Entries, e)
	}
	newest := Add(t, s, b.Entries...)[rows-1]
	mustPrune(t, s, history.Retention{MaxRows: rows}, 0)
	mustPrune(t, s, history.Retention{MaxRows: rows + 1}, 0)
	mustPrune(t, s, history.Retention{MaxRows: 3}, rows-3)
	want := []string{fmt.Sprint(rows - 1), fmt.Sprint(rows - 2), fmt.Sprint(rows - 3)}
	if got := Groups(Collect(t, s, history.Query{})); !slices.Equal(got, want) {
		t.Errorf("kept %v", got)
	}
	// What is deleted frees no id.
	c.advance(time.Hour)
	mustPrune(t, s, history.Retention{MaxAge: time.Minute, MaxRows: 1}, 3)
	if id := Add(t, s, EmptyEntry())[0]; id <= newest {
		t.Errorf("id %d after %d", id, newest)
	}
}

// Several pruners at once delete each row once, and leave what is to be kept.
func testPrunedWhileInUse(t *testing.T, open Opener, location string) {
	var stores []history.Store
	for range 2 {
		stores = append(stores, open.Must(t, location, time.Now))
	}
	const rows = manyRows - 500
	Add(t, stores[0], slices.Repeat([]history.Entry{EmptyEntry()}, rows)...)
	var wait sync.WaitGroup
	deleted := make([]int64, len(stores))
	for i, s := range stores {
		wait.Go(func() {
			var err error
			if deleted[i], err = s.Prune(t.Context(), history.Retention{MaxRows: 10}); err != nil {
				t.Error(err)
			}
			if _, err := s.Append(t.Context(), history.Batch{Entries: []history.Entry{FullEntry("new")}}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	left := int64(len(Collect(t, stores[0], history.Query{})))
	if sum := deleted[0] + deleted[1]; left < 10 || left > 12 || left != rows+2-sum {
		t.Errorf("%v deleted, %d left", deleted, left)
	}
}
