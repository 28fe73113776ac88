package forest

import (
	"math"
	"math/rand/v2"
	"sort"
)

// tolerance is how much of a node's spread two gains may differ by and still
// count as equal. Sums of the same targets in another order differ by rounding:
// without it, that noise would decide between splits that are equally good.
const tolerance = 1e-11

// sample is what a scan needs of an in-bag row.
type sample struct {
	weight float64 // sample weight x multiplicity
	target float64 // weight x (target - mean of the node)
}

// cut is a way to split a node. Known values of column at positions 0 to at in
// their order go left; missing ones go left or right.
type cut struct {
	column      int
	at          int
	missingLeft bool
	left        int     // rows that go left
	score       float64 // see searcher.scan
}

// noCut is worse than every cut: the score of a real one is not negative.
var noCut = cut{score: -1}

// searcher finds the best cut of one node.
type searcher struct {
	samples []sample
	minLeaf int
	weight  float64 // of the node
	tie     float64 // scores that differ by no more are equal
}

// best returns the best cut among those of limit columns, or noCut. Where limit
// is fewer than all, the columns are drawn by shuffling them in place. While
// all of those drawn are constant at the node, as in scikit-learn, another one
// is. Among columns of equal gain, which small nodes have many of, the choice
// is random: a fixed one would favour a column for its place.
func (s *searcher) best(order func(column int) []entry, columns []int, limit int, random *rand.Rand) cut {
	best, equals, usable := noCut, 0, false
	draw := limit < len(columns)
	for i := 0; i < len(columns) && (i < limit || !usable); i++ {
		if draw {
			j := i + random.IntN(len(columns)-i)
			columns[i], columns[j] = columns[j], columns[i]
		}
		entries := order(columns[i])
		if constant(entries) {
			continue
		}
		usable = true
		c := s.scan(entries, max(noCut.score, best.score-s.tie))
		if c.score < 0 {
			continue
		}
		if equals++; c.score > best.score+s.tie {
			equals = 1
		}
		if equals == 1 || random.IntN(equals) == 0 {
			best, best.column = c, columns[i]
		}
	}
	return best
}

// scan returns the best cut of one column's order, or noCut if none scores
// above bar.
//
// With targets centred on the node's mean, splitting weight W and sum 0 into
// (WL, SL) and (WR, -SL) lowers the sum of squares by
//
//	SL²/WL + SL²/WR = W * SL²/(WL*WR)
//
// and the score is this gain over W. Invariant of the loop: wl and sl are the
// weight and the sum of targets of known[:i+1].
func (s *searcher) scan(order []entry, bar float64) cut {
	known := order[:firstMissing(order)]
	missing := order[len(known):]
	wm, sm := s.sum(missing)

	best := noCut
	var wl, sl float64
	for i, e := range known {
		v := &s.samples[e.row]
		wl += v.weight
		sl += v.target
		if i+1 < len(known) && known[i+1].x == e.x {
			continue // equal values are never separated
		}
		// After the last known value this is the cut known | missing.
		if left := i + 1; left >= s.minLeaf && len(order)-left >= s.minLeaf {
			if score := s.score(wl, sl); score > bar {
				best, bar = cut{at: i, left: left, score: score}, score+s.tie
			}
		}
		if len(missing) == 0 {
			continue
		}
		if left := i + 1 + len(missing); left >= s.minLeaf && len(order)-left >= s.minLeaf {
			if score := s.score(wl+wm, sl+sm); score > bar {
				best, bar = cut{at: i, missingLeft: true, left: left, score: score}, score+s.tie
			}
		}
	}
	return best
}

// score returns the gain over W of a cut with weight wl and target sum sl on
// its left, or -1 if weights are so unequal that the right's was rounded away.
func (s *searcher) score(wl, sl float64) float64 {
	wr := s.weight - wl
	if wr <= 0 {
		return -1
	}
	return sl * sl / (wl * wr)
}

func (s *searcher) sum(entries []entry) (weight, target float64) {
	for _, e := range entries {
		v := &s.samples[e.row]
		weight += v.weight
		target += v.target
	}
	return weight, target
}

// constant reports whether an order offers no cut: one value or all missing.
func constant(order []entry) bool {
	first, last := order[0].x, order[len(order)-1].x
	return first == last || first != first
}

// firstMissing returns where the missing values of an order begin.
func firstMissing(order []entry) int {
	if last := order[len(order)-1].x; last == last {
		return len(order)
	}
	return sort.Search(len(order), func(i int) bool { return order[i].x != order[i].x })
}

// threshold returns the value that separates the known values at c.at and
// after it in the order of c's column: their midpoint, or the lower one if no
// float32 lies between. Where c.at is the last known value, it is +Inf.
func (c cut) threshold(order []entry) float32 {
	a := order[c.at].x
	b := float32(math.NaN())
	if c.at+1 < len(order) {
		b = order[c.at+1].x
	}
	if b != b {
		return float32(math.Inf(1))
	}
	middle := float32((float64(a) + float64(b)) / 2)
	if middle >= b {
		return a
	}
	return middle
}
