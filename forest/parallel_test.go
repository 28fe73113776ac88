package forest

import (
	"iter"
	"sync/atomic"
	"testing"
)

func TestParallelForVisitsEachNumberOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 1000} {
		for _, workers := range []int{0, 1, 2, 5, 2000} {
			dealt := make([]atomic.Int32, n)
			var calls atomic.Int32
			parallelFor(n, workers, func(items iter.Seq[int]) {
				calls.Add(1)
				for i := range items {
					dealt[i].Add(1)
				}
			})
			for i := range dealt {
				if got := dealt[i].Load(); got != 1 {
					t.Errorf("%d numbers, %d workers: %d visited %d times", n, workers, i, got)
				}
			}
			if got, most := int(calls.Load()), max(1, min(n, workers)); got > most {
				t.Errorf("%d numbers, %d workers: %d calls, want at most %d", n, workers, got, most)
			}
		}
	}
}

func TestParallelForContinuesWithoutAWorker(t *testing.T) {
	// A worker that stops early leaves the rest to the others.
	var first atomic.Bool
	var dealt atomic.Int32
	parallelFor(100, 2, func(items iter.Seq[int]) {
		quits := first.CompareAndSwap(false, true)
		for range items {
			dealt.Add(1)
			if quits {
				return
			}
		}
	})
	if got := dealt.Load(); got != 100 {
		t.Errorf("%d of 100 visited", got)
	}
}
