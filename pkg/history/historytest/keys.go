package historytest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/history"
)

func testReplay(t *testing.T, open Opener, location string) {
	c := newClock()
	s := open.Must(t, location, c.read)
	first := history.Batch{
		Entries: []history.Entry{FullEntry("a"), FullEntry("b")},
		Key:     "once \x00\xff" + strings.Repeat("k", 10_000), Digest: [32]byte{1},
	}
	sent, err := s.Append(t.Context(), first)
	if err != nil || sent.Replayed || len(sent.IDs) != 2 {
		t.Fatal(sent, err)
	}
	for _, again := range []history.Store{s, open.Must(t, location, c.read)} {
		got, err := again.Append(t.Context(), first)
		if diff := cmp.Diff(history.Receipt{IDs: sent.IDs, Replayed: true}, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
	other := first
	other.Digest[31] = 1
	if got, err := s.Append(t.Context(), other); !errors.Is(err, history.ErrKeyReused) || got.IDs != nil {
		t.Errorf("other migrations, the same key: %v, %v", got, err)
	}
	if got := Collect(t, s, history.Query{}); len(got) != 2 {
		t.Errorf("%d entries", len(got))
	}

	// An empty batch has a receipt, too.
	for _, replayed := range []bool{false, true} {
		got, err := s.Append(t.Context(), history.Batch{Key: "nothing"})
		if err != nil || len(got.IDs) != 0 || got.Replayed != replayed {
			t.Error(got, err)
		}
	}

	// A key is remembered for its lifetime, and forgotten by Prune after it.
	c.advance(history.KeyLifetime)
	mustPrune(t, s, history.Retention{}, 0)
	if got, err := s.Append(t.Context(), first); err != nil || !got.Replayed {
		t.Error(got, err)
	}
	c.advance(time.Microsecond)
	mustPrune(t, s, history.Retention{}, 0)
	if got, err := s.Append(t.Context(), other); err != nil || got.Replayed {
		t.Error(got, err)
	}
}

func mustPrune(t testing.TB, s history.Store, keep history.Retention, want int64) {
	t.Helper()
	if n, err := s.Prune(t.Context(), keep); n != want || err != nil {
		t.Errorf("Prune(%+v) = %d, %v, want %d", keep, n, err, want)
	}
}

// Of the same batch sent many times at once, by several stores, one is appended.
func testSameKeyAtOnce(t *testing.T, open Opener, location string) {
	stores := []history.Store{open.Must(t, location, time.Now), open.Must(t, location, time.Now)}
	const keys, senders = 20, 4
	receipts := make([][senders]history.Receipt, keys)
	var wait sync.WaitGroup
	for i := range senders {
		wait.Go(func() {
			for k := range keys {
				b := history.Batch{Key: fmt.Sprint("key ", k), Entries: []history.Entry{FullEntry(fmt.Sprint(k)), EmptyEntry()}}
				var err error
				if receipts[k][i], err = stores[i%2].Append(t.Context(), b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for k, of := range receipts {
		firsts := 0
		for _, r := range of {
			if !slices.Equal(r.IDs, of[0].IDs) {
				t.Errorf("key %d: ids %v and %v", k, r.IDs, of[0].IDs)
			}
			if !r.Replayed {
				firsts++
			}
		}
		if firsts != 1 {
			t.Errorf("key %d: %d were first", k, firsts)
		}
	}
	if got := Collect(t, stores[0], history.Query{Limit: 7}); len(got) != 2*keys {
		t.Errorf("%d entries", len(got))
	}
}
