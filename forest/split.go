package forest

import "math/rand/v2"

// tolerance is the difference of two gains, relative to the node's sum of squares, up to which they count as equal.
// Sums of the same targets in another order differ by rounding: without the tolerance that noise would decide between
// equally good splits.
const tolerance = 1e-11

// noScore is worse than the score of every cut, which is never negative.
const noScore = -1

// searcher finds the best cut of one node after the other.
type searcher struct {
	*nodeRows
	minLeaf     int
	columns     []int32 // shuffled as columns are drawn
	maxFeatures int     // the number of columns to try
	random      *rand.Rand

	weight       float64 // of the current node
	tieTolerance float64 // scores that differ by no more count as equal
	tied         []cut   // the best so far, of equal score, one per column
}

// bestCut returns the best cut of node n, or false if there is none.
func (s *searcher) bestCut(n span) (cut, bool) {
	small := n.hi-n.lo <= smallNode && s.minLeaf == 1
	if small {
		s.scoreIsolated(s.rows[n.lo:n.hi])
	}
	s.tied = s.tied[:0]
	best, found := float64(noScore), false
	for i := 0; s.tryColumn(i, found); i++ {
		column := s.drawColumn(i)
		order := s.order(column, n)
		if constant(order) {
			continue
		}
		found = true
		c := cut{column: column}
		if small && !order[len(order)-1].missing() {
			c.score, c.at = s.scanSmall(order, best-s.tieTolerance)
		} else {
			c.score, c.at, c.missingLeft = s.scan(order, max(noScore, best-s.tieTolerance))
		}
		if c.score == noScore {
			continue
		}
		if c.score > best+s.tieTolerance {
			best, s.tied = c.score, s.tied[:0]
		}
		s.tied = append(s.tied, c)
	}
	return s.chooseTied()
}

// tryColumn reports whether to try an i-th column at a node: maxFeatures columns are tried and, while all of those were
// constant there, another one, as in scikit-learn.
func (s *searcher) tryColumn(i int, found bool) bool {
	return i < len(s.columns) && (i < s.maxFeatures || !found)
}

// drawColumn returns the i-th column to try at a node. If not all columns are tried, they are drawn by shuffling them
// in place.
func (s *searcher) drawColumn(i int) int32 {
	if s.maxFeatures < len(s.columns) {
		j := i + s.random.IntN(len(s.columns)-i)
		s.columns[i], s.columns[j] = s.columns[j], s.columns[i]
	}
	return s.columns[i]
}

// chooseTied returns one of the tied cuts, or false if there is none. Among columns of equal gain, of which small nodes
// have many, the choice is random: a fixed one would favour a column for its position.
func (s *searcher) chooseTied() (cut, bool) {
	switch len(s.tied) {
	case 0:
		return cut{}, false
	case 1:
		return s.tied[0], true
	}
	return s.tied[s.random.IntN(len(s.tied))], true
}

// scan returns the score of the best cut in one column's order, its index and where missing values go. The score is
// noScore if none exceeds toBeat. If values are missing, there are two cuts at every index. Of equally good cuts the
// one of the lowest index wins, and at one index the one that sends missing values right.
func (s *searcher) scan(order []entry, toBeat float64) (score float64, at int32, missingLeft bool) {
	known := firstMissing(order)
	right, at := s.sweep(order, known, sums{}, toBeat)
	if known == len(order) {
		return right, at, false
	}
	left, leftAt := s.sweep(order, known, s.sum(order[known:]), toBeat)
	if left > right+s.tieTolerance || left != noScore && left >= right-s.tieTolerance && leftAt < at {
		return left, leftAt, true
	}
	return right, at, false
}

// sums holds the number of some rows, their weight and their sum of weighted targets.
type sums struct {
	rows           int
	weight, target float64
}

// sweep returns the score and the index of the best cut among those that send extra and the first known values of order
// left, of which there are known. The score is noScore if none exceeds toBeat.
//
// With targets centred on the node's mean, splitting weight W and sum 0 into (WL, SL) and (WR, -SL) lowers the sum of
// squares by
//
//	SL²/WL + SL²/WR = W * SL²/(WL*WR)
//
// and the score is this gain over W. Scores are compared as fractions, since a division takes as long as the rest of a
// step. Invariant of the loop: wl and sl are the weight and the sum of targets of extra and of the entries up to i; the
// score to beat is numerator/denominator.
func (s *searcher) sweep(order []entry, known int, extra sums, toBeat float64) (score float64, at int32) {
	skip := max(0, s.minLeaf-extra.rows-1)
	places := min(known, len(order)-extra.rows-s.minLeaf)
	if skip >= places {
		return noScore, 0
	}
	wl, sl := extra.weight, extra.target
	if skip > 0 {
		before := s.sum(order[:skip])
		wl, sl = wl+before.weight, sl+before.target
	}
	samples, weight, tieTolerance := s.samples, s.weight, s.tieTolerance
	numerator, denominator := toBeat, 1.0
	found := -1
	order = order[:places+1]
	for i := skip; i < len(order)-1; i++ {
		e := order[i]
		v := &samples[e.row()]
		wl += v.weight
		sl += v.target
		if e.key() == order[i+1].key() {
			continue // equal values are never separated
		}
		product := wl * (weight - wl)
		// The product is 0 if weights are so unequal that the right one was rounded away.
		if sl*sl*denominator > numerator*product && product > 0 {
			numerator, denominator = sl*sl+tieTolerance*product, product
			found = i
		}
	}
	if found < 0 {
		return noScore, 0
	}
	return max(0, numerator/denominator-tieTolerance), int32(found)
}

// score returns the gain over W of a cut with weight wl and sum of targets sl on its left. It returns noScore if the
// weights are so unequal that the right one was rounded away.
func (s *searcher) score(wl, sl float64) float64 {
	product := wl * (s.weight - wl)
	if product <= 0 {
		return noScore
	}
	return sl * sl / product
}

// sum returns the sums over entries.
func (s *searcher) sum(entries []entry) sums {
	sum := sums{rows: len(entries)}
	for _, e := range entries {
		v := &s.samples[e.row()]
		sum.weight += v.weight
		sum.target += v.target
	}
	return sum
}

// smallNode is the most rows of a node in which every cut isolates a single row. Nodes of two and three rows are half
// of all splits of a fully grown tree, and so are worth special treatment: all cuts of two rows gain the same, and no
// order needs to be partitioned for what is left below.
const smallNode = 3

// scoreIsolated stores, for each row of a small node, the score of the cut that isolates it from the others: the score
// is the same in every column that has such a cut.
func (s *searcher) scoreIsolated(rows []uint32) {
	for _, r := range rows {
		v := &s.samples[r]
		s.isolation[r] = s.score(v.weight, v.target)
	}
}

// scanSmall is scan for a small node without missing values.
func (s *searcher) scanSmall(order []entry, toBeat float64) (score float64, at int32) {
	score = noScore
	if order[0].key() != order[1].key() {
		if isolation := s.isolation[order[0].row()]; isolation > toBeat {
			score, toBeat = isolation, isolation+s.tieTolerance
		}
	}
	if len(order) == smallNode && order[1].key() != order[2].key() {
		if isolation := s.isolation[order[2].row()]; isolation > toBeat {
			score, at = isolation, 1
		}
	}
	return score, at
}
