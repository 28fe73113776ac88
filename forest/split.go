package forest

import "math/rand/v2"

// tolerance is how much of a node's spread two gains may differ by and still
// count as equal. Sums of the same targets in another order differ by rounding:
// without it, that noise would decide between splits that are equally good.
const tolerance = 1e-11

// noScore is worse than the score of every cut, which is not negative.
const noScore = -1

// searcher finds the best cut of one node after the other.
type searcher struct {
	*nodeRows
	minLeaf     int
	columns     []int32 // shuffled as candidates are drawn
	maxFeatures int     // columns to try
	random      *rand.Rand

	weight       float64 // of the present node
	tieTolerance float64 // its scores that differ by no more are equal
	tied         []cut   // the best so far, a column each, of equal score
}

// best returns the best cut of node n, or false if there is none.
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

// more reports whether to try an i-th column at a node: limit of them and, while
// all of those were constant there, as in scikit-learn, another one.
func (s *searcher) tryColumn(i int, found bool) bool {
	return i < len(s.columns) && (i < s.maxFeatures || !found)
}

// candidate returns the i-th column to try at a node. Where limit is fewer than
// all, they are drawn by shuffling them in place.
func (s *searcher) drawColumn(i int) int32 {
	if s.maxFeatures < len(s.columns) {
		j := i + s.random.IntN(len(s.columns)-i)
		s.columns[i], s.columns[j] = s.columns[j], s.columns[i]
	}
	return s.columns[i]
}

// choose returns one of the cuts in s.equal. Among columns of equal gain, which
// small nodes have many of, the choice is random: a fixed one would favour a column
// for its place.
func (s *searcher) chooseTied() (cut, bool) {
	switch len(s.tied) {
	case 0:
		return cut{}, false
	case 1:
		return s.tied[0], true
	}
	return s.tied[s.random.IntN(len(s.tied))], true
}

// scan returns the score of the best cut of one column's order, which is noScore
// if none is above bar, its place and where missing values go. Where values are
// missing there are two cuts at every place; of equal ones the lower counts, and
// at one place that which sends them right.
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

// side is what is on a cut's left whatever its place.
type sums struct {
	rows           int
	weight, target float64
}

// sweep returns the score and the place of the best cut among those that send
// the first known values of order, at most so many, and extra to the left. The
// score is noScore if none is above bar.
//
// With targets centred on the node's mean, splitting weight W and sum 0 into
// (WL, SL) and (WR, -SL) lowers the sum of squares by
//
//	SL²/WL + SL²/WR = W * SL²/(WL*WR)
//
// and the score is this gain over W. Scores are compared as fractions, since a
// division takes as long as the rest of a step. Invariant of the loop: wl and sl
// are the weight and the sum of targets of extra and of the entries up to i; the
// score to exceed is over/under.
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
		// A product of 0: weights so unequal that the right's was rounded away.
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

// score returns the gain over W of a cut with weight wl and target sum sl on
// its left, or noScore if weights are so unequal that the right's was rounded
// away.
func (s *searcher) score(wl, sl float64) float64 {
	product := wl * (s.weight - wl)
	if product <= 0 {
		return noScore
	}
	return sl * sl / product
}

// sum returns entries as a side.
func (s *searcher) sum(entries []entry) sums {
	sum := sums{rows: len(entries)}
	for _, e := range entries {
		v := &s.samples[e.row()]
		sum.weight += v.weight
		sum.target += v.target
	}
	return sum
}

// Nodes of two and three rows are half of all splits of a fully grown tree. What
// can be known of them beforehand is worth knowing: every cut sets one row apart,
// of two rows all cuts gain the same, and no order need be parted for what is left.

// fewRows is the most rows of which every cut sets one apart.
const smallNode = 3

// setApart notes, for each of few rows, the score of the cut that sets it apart
// from the others: it is the same in every column that has such a cut.
func (s *searcher) scoreIsolated(rows []uint32) {
	for _, r := range rows {
		v := &s.samples[r]
		s.isolation[r] = s.score(v.weight, v.target)
	}
}

// pick is scan where there are few rows, all known.
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
