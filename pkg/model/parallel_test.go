package model

import (
	"testing"
)

func TestParallelVisitsEachOnce(t *testing.T) {
	for _, n := range []int{0, 1, 3, 1000} {
		visits := make([]int, n)
		parallel(n, func(b *buffers, i int) {
			b.row = append(b.row[:0], 1)
			visits[i]++
		})
		for i, v := range visits {
			if v != 1 {
				t.Fatalf("%d of %d was visited %d times", i, n, v)
			}
		}
	}
}
