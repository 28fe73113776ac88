package model

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls visit for 0..n-1 on all processors. Visits write to places of
// their own, so that the result does not depend on the order.
func parallel(n int, visit func(b *buffers, i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			var b buffers
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
