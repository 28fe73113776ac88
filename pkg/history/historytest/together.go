package historytest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/history"
)

// An append that comes before Close is on disk, one that comes after is ErrClosed.
func testCloseWaits(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	acknowledged := make(chan string, 10_000)
	started := make(chan struct{}, 10_000)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for n := 0; ; n++ {
				group := fmt.Sprintf("%d-%d", i, n)
				_, err := s.Append(t.Context(), history.Batch{Entries: []history.Entry{FullEntry(group)}})
				if err != nil {
					if !errors.Is(err, history.ErrClosed) {
						t.Error(err)
					}
					return
				}
				acknowledged <- group
				started <- struct{}{}
			}
		})
	}
	for range 50 {
		<-started
	}
	Close(t, s)
	wait.Wait()
	close(acknowledged)
	var want []string
	for group := range acknowledged {
		want = append(want, group)
	}
	SameGroups(t, want, Collect(t, open.Must(t, location, time.Now), history.Query{Limit: 1000}))
}

func testManyGoroutines(t *testing.T, open Opener, location string) {
	s := open.Must(t, location, time.Now)
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			for n := range 10 {
				group := fmt.Sprintf("%d-%d", i, n)
				entries := []history.Entry{FullEntry(group), FullEntry("second of " + group)}
				r, err := s.Append(t.Context(), history.Batch{Entries: entries, Key: group})
				if err != nil || r.IDs[0] >= r.IDs[1] {
					t.Error(r, err)
					return
				}
				got, err := s.Read(t.Context(), history.Query{Group: group})
				if err != nil || len(got) != 1 || got[0].ID != r.IDs[0] {
					t.Errorf("%s was acknowledged, read %v, %v", group, got, err)
				}
				if n%5 == 0 {
					if err := s.Ping(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wait.Wait()
	if got := Collect(t, s, history.Query{}); len(got) != 16*10*2 {
		t.Errorf("%d entries", len(got))
	}
}

// Two stores on one location, as of two processes, lose nothing to each other.
func testTwoStores(t *testing.T, open Opener, location string) {
	var want []string
	var wait sync.WaitGroup
	for i := range 2 {
		s := open.Must(t, location, time.Now)
		for w := range 3 {
			for n := range 30 {
				want = append(want, fmt.Sprintf("%d-%d-%d", i, w, n))
			}
			wait.Go(func() {
				for n := range 30 {
					e := FullEntry(fmt.Sprintf("%d-%d-%d", i, w, n))
					if _, err := s.Append(t.Context(), history.Batch{Entries: []history.Entry{e}}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wait.Wait()
	got := Collect(t, open.Must(t, location, time.Now), history.Query{})
	SameGroups(t, want, got)
	for i := range got[1:] {
		if got[i].ID <= got[i+1].ID {
			t.Errorf("ids %d, %d", got[i].ID, got[i+1].ID)
		}
	}
}

// Replicas that start at once all find one history.
func testOpenedAtOnce(t *testing.T, open Opener, location string) {
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			s, err := open(t.Context(), location, time.Now)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.Append(t.Context(), history.Batch{Entries: []history.Entry{FullEntry(fmt.Sprint(i))}}); err != nil {
				t.Error(err)
			}
			Close(t, s)
		})
	}
	wait.Wait()
	SameGroups(t, []string{"0", "1", "2", "3"}, Collect(t, open.Must(t, location, time.Now), history.Query{}))
}
