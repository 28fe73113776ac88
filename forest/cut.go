package forest

import "math"

// cut is a candidate split of a node on one column. Known values at indices 0 to at in the column's order go left;
// missing ones go left or right.
type cut struct {
	score       float64 // see searcher.sweep
	column      int32
	at          int32
	missingLeft bool
}

// leftCount returns how many rows go left, given the order of c's column.
func (c cut) leftCount(order []entry) int {
	n := int(c.at) + 1
	if c.missingLeft {
		n += len(order) - firstMissing(order)
	}
	return n
}

// threshold returns the value that separates the known values up to c.at from those after it in the order of c's
// column. It is +Inf if c.at is the last known value.
func (c cut) threshold(order []entry) float32 {
	if int(c.at)+1 == len(order) {
		return float32(math.Inf(1))
	}
	return between(order[c.at], order[c.at+1])
}

// between returns a value that separates a's from b's, which is greater: their midpoint, or a's if no float32 lies
// between them, or +Inf if b's is missing.
func between(a, b entry) float32 {
	if b.missing() {
		return float32(math.Inf(1))
	}
	low, high := fromSortKey(a.key()), fromSortKey(b.key())
	middle := float32((float64(low)+float64(high))/2) + 0 // one zero of two, as in round32
	if middle >= high {
		return low
	}
	return middle
}

// missingGoesLeft reports whether rows that miss the cut's column go left: as the cut says or, if no training row here
// misses it, to the side of the larger weight. left is the weight of the rows that go left, total that of all rows.
func missingGoesLeft(order []entry, c cut, left, total float64) bool {
	if order[len(order)-1].missing() {
		return c.missingLeft
	}
	return left > total-left
}
