package sqlite

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/history/historytest"
)

// BenchmarkAppend measures how many entries writers get acknowledged that append
// one at a time; each is on disk when it is.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 8} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s, err := Open(b.Context(), filepath.Join(b.TempDir(), "history.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			batch := history.Batch{Entries: []history.Entry{historytest.FullEntry("web-1")}}
			start := time.Now()
			var wait sync.WaitGroup
			for i := range writers {
				wait.Go(func() {
					for n := i; n < b.N; n += writers {
						if _, err := s.Append(b.Context(), batch); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wait.Wait()
			b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "entries/s")
		})
	}
}

// BenchmarkOpen measures the start on a history that exists.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "history.db")
	for range b.N + 1 {
		s, err := Open(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

// BenchmarkRead measures a page of the newest entries of one group.
func BenchmarkRead(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "history.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var batch history.Batch
	for i := range 10_000 {
		batch.Entries = append(batch.Entries, historytest.FullEntry(fmt.Sprintf("web-%d", i%10)))
	}
	if _, err := s.Append(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		if got, err := s.Read(b.Context(), history.Query{Group: "web-3"}); err != nil || len(got) != 100 {
			b.Fatal(len(got), err)
		}
	}
}
