package estimate

import (
	"testing"
)

func TestParallelVisitsEachOnce(t *testing.T) {
	for _, n := range []int{0, 1, 3, 1000} {
		visits := make([]int, n)
		Parallel(n, func(b *Buffers, i int) {
			b.rows[0] = append(b.rows[0][:0], 1)
			visits[i]++
		})
		for i, v := range visits {
			if v != 1 {
				t.Fatalf("%d of %d was visited %d times", i, n, v)
			}
		}
	}
}
