package historytest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/history"
)

// RunBackup lets backup copy a history while writers append, and finds in the copy what
// was acknowledged before.
func RunBackup(t *testing.T, open Opener, location string, backup func() (copied string)) {
	s := open.Must(t, location, time.Now)
	const before = 300
	stop := make(chan struct{})
	acknowledged := make(chan string, before)
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				group := fmt.Sprintf("%d-%d", i, n)
				b := history.Batch{Entries: []history.Entry{FullEntry(group)}, Key: group}
				if _, err := s.Append(t.Context(), b); err != nil {
					t.Error(err)
					return
				}
				select {
				case acknowledged <- group:
				default:
				}
			}
		})
	}
	var want []string
	for range before {
		want = append(want, <-acknowledged)
	}
	location = backup()
	close(stop)
	wait.Wait()

	restored := open.Must(t, location, time.Now)
	present := map[string]bool{}
	for _, e := range Collect(t, restored, history.Query{Limit: 1000}) {
		present[e.Group] = true
	}
	for _, group := range want {
		if !present[group] {
			t.Errorf("%s was acknowledged and is not in the copy", group)
		}
	}
	r, err := restored.Append(t.Context(), history.Batch{Entries: []history.Entry{FullEntry(want[0])}, Key: want[0]})
	if err != nil || !r.Replayed {
		t.Errorf("the copy does not know its keys: %v, %v", r, err)
	}
	Add(t, restored, FullEntry("after"))
}
