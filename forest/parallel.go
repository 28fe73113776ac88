package forest

import (
	"iter"
	"sync"
	"sync/atomic"
)

// parallelFor distributes the numbers 0 to n-1 among at most the given number of workers. Each is a call of work on a
// goroutine of its own that ranges over the numbers it gets. A single worker runs on the caller's goroutine.
func parallelFor(n, workers int, work func(items iter.Seq[int])) {
	var next atomic.Int64
	items := func(yield func(int) bool) {
		for {
			i := int(next.Add(1)) - 1
			if i >= n || !yield(i) {
				return
			}
		}
	}
	workers = min(workers, n)
	if workers <= 1 {
		work(items)
		return
	}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { work(items) })
	}
	group.Wait()
}
