package forest

// bestOfTwo returns what bestCut would for the two rows of n other than except: any column in which they differ, and
// their entries in it. The column is negative if there is none.
func (s *searcher) bestOfTwo(n span, except uint32) (column int32, a, b entry) {
	s.tied = s.tied[:0]
	for i := 0; s.tryColumn(i, len(s.tied) > 0); i++ {
		column := s.drawColumn(i)
		order := s.order(column, n)
		if constant(order) { // of three rows, only its ends are written
			continue
		}
		if a, b := otherTwo(order, except); a.key() != b.key() {
			s.tied = append(s.tied, cut{column: column})
		}
	}
	c, ok := s.chooseTied()
	if !ok {
		return -1, 0, 0
	}
	a, b = otherTwo(s.order(c.column, n), except)
	return c.column, a, b
}

// noRow is the index of no row.
const noRow = 1<<32 - 1

// otherTwo returns the entries of an order of two rows, or those of an order of three without that of row except.
func otherTwo(order []entry, except uint32) (a, b entry) {
	switch {
	case len(order) == 2:
		return order[0], order[1]
	case order[0].row() == except:
		return order[1], order[2]
	case order[1].row() == except:
		return order[0], order[2]
	}
	return order[0], order[1]
}

// growTwo grows the subtree of the two rows of s other than except, which are at lo and after it in g.rows, at the
// given depth.
func (g *grower) growTwo(s span, except uint32, lo, depth int) {
	rows := g.rows[lo : lo+2]
	p, q := rows[0], rows[1]
	column := int32(-1)
	var a, b entry
	if g.target[p] != g.target[q] && g.mayGrow(2, depth) {
		column, a, b = g.bestOfTwo(s, except)
	}
	if column < 0 {
		g.addLeaf(lo, g.centre(rows).mean)
		return
	}
	l, r := a.row(), b.row()
	wl, wr, difference := g.samples[l].weight, g.samples[r].weight, g.target[l]-g.target[r]
	g.gain[column] += wl / (wl + wr) * wr * difference * difference
	g.nodes = append(g.nodes, node{
		threshold: between(a, b), leftShare: float32(wl / (wl + wr)),
		split: splitCode(int(column), !b.missing() && wl > wr), next: uint32(len(g.nodes)) + 2,
	})
	rows[0], rows[1] = l, r
	g.addLeaf(lo, g.target[l])
	g.addLeaf(lo+1, g.target[r])
}

// growThree grows the subtrees below the three rows of s, whose node was appended last, is split at c and has its rows
// marked. The order is that of c's column.
func (g *grower) growThree(s span, c cut, order []entry) {
	parent, leftCount := len(g.nodes)-1, c.leftCount(order)
	isolated := order[2].row()
	switch {
	case leftCount == 1:
		isolated = order[0].row()
	case c.missingLeft:
		isolated = order[1].row()
	}
	partitionRows(g.rows[s.lo:s.hi], g.scratch, g.goesLeft)
	if leftCount == 2 {
		g.growTwo(s, isolated, s.lo, s.depth+1)
		g.nodes[parent].next = uint32(len(g.nodes))
		g.addLeaf(s.lo+2, g.target[isolated])
		return
	}
	g.addLeaf(s.lo, g.target[isolated])
	g.nodes[parent].next = uint32(len(g.nodes))
	g.growTwo(s, isolated, s.lo+1, s.depth+1)
}
