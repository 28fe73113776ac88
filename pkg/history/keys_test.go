package history

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testReplay(t *testing.T, location string) {
	c := newClock()
	s := open(t, location, c.read)
	first := Batch{Entries: []Entry{fullEntry("a"), fullEntry("b")}, Key: "once \x00\xff" + strings.Repeat("k", 10_000), Digest: [32]byte{1}}
	sent, err := s.Append(t.Context(), first)
	if err != nil || sent.Replayed || len(sent.IDs) != 2 {
		t.Fatal(sent, err)
	}
	for _, again := range []Store{s, open(t, location, c.read)} {
		got, err := again.Append(t.Context(), first)
		if diff := cmp.Diff(Receipt{IDs: sent.IDs, Replayed: true}, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
	other := first
	other.Digest[31] = 1
	if got, err := s.Append(t.Context(), other); !errors.Is(err, ErrKeyReused) || got.IDs != nil {
		t.Errorf("other migrations, the same key: %v, %v", got, err)
	}
	if got := collect(t, s, Query{}); len(got) != 2 {
		t.Errorf("%d entries", len(got))
	}

	// An empty batch has a receipt, too.
	for _, replayed := range []bool{false, true} {
		got, err := s.Append(t.Context(), Batch{Key: "nothing"})
		if err != nil || len(got.IDs) != 0 || got.Replayed != replayed {
			t.Error(got, err)
		}
	}

	// A key is remembered for its lifetime, and forgotten by Prune after it.
	c.advance(KeyLifetime)
	mustPrune(t, s, Retention{}, 0)
	if got, err := s.Append(t.Context(), first); err != nil || !got.Replayed {
		t.Error(got, err)
	}
	c.advance(time.Microsecond)
	mustPrune(t, s, Retention{}, 0)
	if got, err := s.Append(t.Context(), other); err != nil || got.Replayed {
		t.Error(got, err)
	}
}

func mustPrune(t testing.TB, s Store, keep Retention, want int64) {
	t.Helper()
	if n, err := s.Prune(t.Context(), keep); n != want || err != nil {
		t.Errorf("Prune(%+v) = %d, %v, want %d", keep, n, err, want)
	}
}

// Of the same batch sent many times at once, by several stores, one is appended.
func testSameKeyAtOnce(t *testing.T, location string) {
	stores := []Store{open(t, location, time.Now), open(t, location, time.Now)}
	const keys, senders = 20, 4
	receipts := make([][senders]Receipt, keys)
	var wait sync.WaitGroup
	for i := range senders {
		wait.Go(func() {
			for k := range keys {
				b := Batch{Key: fmt.Sprint("key ", k), Entries: []Entry{fullEntry(fmt.Sprint(k)), emptyEntry()}}
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
	if got := collect(t, stores[0], Query{Limit: 7}); len(got) != 2*keys {
		t.Errorf("%d entries", len(got))
	}
}
