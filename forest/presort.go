package forest

import (
	"context"
	"iter"
	"math"
	"slices"
)

// entry is a row's place in the order of one column: the sortKey of its value
// in the upper half, so that a scan of the order need not look it up, and the
// row in the lower. Entries sort by value, then by row.
type entry uint64

func newEntry(key, row uint32) entry { return entry(key)<<32 | entry(row) }

func (e entry) key() uint32 { return uint32(e >> 32) }
func (e entry) row() uint32 { return uint32(e) }

// missing reports whether the row misses the column.
func (e entry) missing() bool { return e.key() == missingKey }

// presort returns, for every column, the rows in ascending order of its
// values, equal values by row, missing ones last. Columns that ctx's end left
// unsorted are nil.
func presort(ctx context.Context, s *dataset, workers int) [][]entry {
	orders := make([][]entry, s.columns)
	parallelFor(s.columns, workers, func(items iter.Seq[int]) {
		for column := range items {
			if ctx.Err() != nil {
				return
			}
			order := make([]entry, s.rows)
			for row := range order {
				order[row] = newEntry(sortKey(s.x[row*s.columns+column]), uint32(row))
			}
			slices.Sort(order)
			orders[column] = order
		}
	})
	return orders
}

// missingKey is the sortKey of NaN.
const missingKey = math.MaxUint32

// sortKey maps a float32 to an integer of the same order, NaN last. The bits
// of positive floats order as integers do; those of negative ones inversely.
func sortKey(x float32) uint32 {
	bits := math.Float32bits(x)
	switch {
	case x != x:
		return missingKey
	case bits>>31 == 1:
		return ^bits
	}
	return bits | 1<<31
}

// fromSortKey is the inverse of sortKey, but for NaN.
func fromSortKey(key uint32) float32 {
	if key>>31 == 1 {
		return math.Float32frombits(key &^ (1 << 31))
	}
	return math.Float32frombits(^key)
}
