package forest

// Nodes of two and three rows are half of all splits of a fully grown tree. What
// can be known of them beforehand is worth knowing: every cut sets one row apart,
// of two rows all cuts gain the same, and no order need be parted for what is left.

// fewRows is the most rows of which every cut sets one apart.
const fewRows = 3

// setApart notes, for each of few rows, the score of the cut that sets it apart
// from the others: it is the same in every column that has such a cut.
func (s *searcher) setApart(rows []uint32) {
	for _, r := range rows {
		v := &s.samples[r]
		s.apart[r] = s.score(v.weight, v.target)
	}
}

// pick is scan where there are few rows, all known.
func (s *searcher) pick(order []entry, bar float64) (score float64, at int32) {
	score = noScore
	if order[0].key() != order[1].key() {
		if apart := s.apart[order[0].row()]; apart > bar {
			score, bar = apart, apart+s.tie
		}
	}
	if len(order) == fewRows && order[1].key() != order[2].key() {
		if apart := s.apart[order[2].row()]; apart > bar {
			score, at = apart, 1
		}
	}
	return score, at
}

// nobody is no row.
const nobody = 1<<32 - 1

// pairOf returns the two entries of an order of two, or of three less one row.
func pairOf(order []entry, apart uint32) (a, b entry) {
	switch {
	case len(order) == 2:
		return order[0], order[1]
	case order[0].row() == apart:
		return order[1], order[2]
	case order[1].row() == apart:
		return order[0], order[2]
	}
	return order[0], order[1]
}

// bestOfTwo returns what best would of the two rows of n other than apart: any
// column that tells them apart. There is none if the first result is negative.
func (s *searcher) bestOfTwo(n span, apart uint32) (column int32, a, b entry) {
	s.equal = s.equal[:0]
	for i := 0; s.more(i, len(s.equal) > 0); i++ {
		column := s.candidate(i)
		order := s.order(column, n)
		if constant(order) { // of three, only its ends hold something
			continue
		}
		if a, b := pairOf(order, apart); a.key() != b.key() {
			s.equal = append(s.equal, cut{column: column})
		}
	}
	c, ok := s.choose()
	if !ok {
		return -1, 0, 0
	}
	a, b = pairOf(s.order(c.column, n), apart)
	return c.column, a, b
}

// growTwo grows the tree below the two rows of s other than apart, which stand from
// lo on in g.rows and at the given depth. It returns nothing to visit.
func (g *grower) growTwo(s span, apart uint32, lo, depth int) {
	rows := g.rows[lo : lo+2]
	p, q := rows[0], rows[1]
	column := int32(-1)
	var a, b entry
	if g.target[p] != g.target[q] && g.mayGrow(2, depth) {
		column, a, b = g.bestOfTwo(s, apart)
	}
	if column < 0 {
		g.leaf(lo, g.centre(rows).mean)
		return
	}
	l, r := a.row(), b.row()
	wl, wr, difference := g.samples[l].weight, g.samples[r].weight, g.target[l]-g.target[r]
	g.gain[column] += wl / (wl + wr) * wr * difference * difference
	g.nodes = append(g.nodes, node{
		threshold: between(a, b), share: float32(wl / (wl + wr)),
		split: splitCode(int(column), !b.missing() && wl > wr), next: uint32(len(g.nodes)) + 2,
	})
	rows[0], rows[1] = l, r
	g.leaf(lo, g.target[l])
	g.leaf(lo+1, g.target[r])
}

// growThree grows the tree below the three rows of s, the node last appended, which
// is split at c and marked so. The order is that of c's column.
func (g *grower) growThree(s span, c cut, order []entry) {
	parent, lefts := len(g.nodes)-1, c.lefts(order)
	apart := order[2].row()
	switch {
	case lefts == 1:
		apart = order[0].row()
	case c.missingLeft:
		apart = order[1].row()
	}
	partitionRows(g.rows[s.lo:s.hi], g.spare, g.goesLeft)
	if lefts == 2 {
		g.growTwo(s, apart, s.lo, s.depth+1)
		g.nodes[parent].next = uint32(len(g.nodes))
		g.leaf(s.lo+2, g.target[apart])
		return
	}
	g.leaf(s.lo, g.target[apart])
	g.nodes[parent].next = uint32(len(g.nodes))
	g.growTwo(s, apart, s.lo+1, s.depth+1)
}
