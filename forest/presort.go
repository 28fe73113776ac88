package forest

import (
	"context"
	"iter"
	"slices"
	"sort"
)

// entry is a row's entry in the order of one column: the sort key of its value in the upper half, so that a scan of the
// order need not look it up, and the row in the lower half. Entries sort by value, then by row.
type entry uint64

func newEntry(key, row uint32) entry { return entry(key)<<32 | entry(row) }

func (e entry) key() uint32 { return uint32(e >> 32) }

func (e entry) row() uint32 { return uint32(e) }

// missing reports whether the row's value is missing.
func (e entry) missing() bool { return e.key() == missingKey }

// constant reports whether an order offers no cut: all values are equal or all are missing.
func constant(order []entry) bool { return order[0].key() == order[len(order)-1].key() }

// firstMissing returns the index of the first missing value of an order, or its length if there is none.
func firstMissing(order []entry) int {
	if !order[len(order)-1].missing() {
		return len(order)
	}
	return sort.Search(len(order), func(i int) bool { return order[i].missing() })
}

// presort returns, for every column, the rows in ascending order of its values, equal values by row, missing ones last.
// Columns that were left unsorted because ctx ended are nil.
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
