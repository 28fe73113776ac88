package forest

import "math"

// cut is a way to split a node. Known values of column at positions 0 to at in
// their order go left; missing ones go left or right.
type cut struct {
	score       float64 // see searcher.sweep
	column      int32
	at          int32
	missingLeft bool
}

// lefts returns how many rows go left, given the order of c's column.
func (c cut) leftCount(order []entry) int {
	n := int(c.at) + 1
	if c.missingLeft {
		n += len(order) - firstMissing(order)
	}
	return n
}

// threshold returns the value that separates the known values at c.at and
// after it in the order of c's column. Where c.at is the last known value, it is
// +Inf.
func (c cut) threshold(order []entry) float32 {
	if int(c.at)+1 == len(order) {
		return float32(math.Inf(1))
	}
	return between(order[c.at], order[c.at+1])
}

// between returns the value that separates a's from b's, which is greater: their
// midpoint, or the lower one if no float32 lies between, or +Inf if b misses it.
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

// missingLeft reports where a row goes that misses the cut's column: where
// the cut sent such rows or, if training had none here, with the larger weight.
func missingGoesLeft(order []entry, c cut, left, total float64) bool {
	if order[len(order)-1].missing() {
		return c.missingLeft
	}
	return left > total-left
}
