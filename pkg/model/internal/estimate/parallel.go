package estimate

import (
	"runtime"
	"sync"
	"sync/atomic"

	"vmmp/forest"
)

// Buffers are memory that predictions reuse. They serve one goroutine.
type Buffers struct {
	Leaves        []forest.RowWeight
	Distribution  Distribution
	distributions [3]Distribution // of the site's expert, of the prior, and of both
	said          [2]opinion
	views         []view
	rows          [2][]float64 // of columns, one for each view
	sample        []weighted
}

// Parallel calls visit for 0..n-1 on all processors. Visits write to places of their own, so that the result does not
// depend on the order.
func Parallel(n int, visit func(b *Buffers, i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			var b Buffers
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				visit(&b, i)
			}
		})
	}
	group.Wait()
}
