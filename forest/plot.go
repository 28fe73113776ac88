package forest

// plot holds the rows of the bag that a tree grows on. A row is known by its place
// in the bag, a small number, rather than by its number in the training data: what
// a node touches then lies closer together.
type plot struct {
	samples []sample
	target  []float64
	apart   []float64 // see searcher.setApart

	// A node owns the range [lo, hi) of rows and of every column's order; both
	// hold the same rows there, those of its left child first. The orders of its
	// children are written to the other memory than its own.
	rows   []uint32
	orders [2][][]entry // of nodes at even depth, and at odd

	goesLeft []uint8  // 1 if the row goes left at the present cut
	spare    []uint32 // scratch
}

func newPlot(rows, columns int) *plot {
	p := &plot{
		samples: make([]sample, rows), target: make([]float64, rows), apart: make([]float64, rows),
		rows: make([]uint32, 0, rows), goesLeft: make([]uint8, rows), spare: make([]uint32, rows),
	}
	for depth := range p.orders {
		p.orders[depth] = make([][]entry, columns)
		for column := range columns {
			p.orders[depth][column] = make([]entry, rows)
		}
	}
	return p
}

// order returns the order of a column at a node.
func (p *plot) order(column int32, s span) []entry {
	return p.orders[s.depth%2][column][s.lo:s.hi]
}

// centre returns the moments of a node and, unless it is pure, centres the
// targets of its rows. Differences are taken from one of the targets first:
// targets far from 0 and close to each other lose nothing to cancellation.
func (p *plot) centre(rows []uint32) moments {
	pivot := p.target[rows[0]]
	m := moments{pure: true}
	sum := 0.0
	for _, r := range rows {
		weight, d := p.samples[r].weight, p.target[r]-pivot
		m.weight += weight
		sum += weight * d
		m.pure = m.pure && d == 0
	}
	m.mean = pivot + sum/m.weight
	if m.pure {
		return m
	}
	for _, r := range rows {
		v, d := &p.samples[r], p.target[r]-m.mean
		v.target = v.weight * d
		m.spread += v.target * d
	}
	return m
}

// mark sets goesLeft for the rows of a node, which stand in the order of the
// cut's column, and returns the weight that goes left.
func (p *plot) mark(order []entry, c cut) (left float64) {
	for _, e := range order[:c.at+1] {
		p.goesLeft[e.row()] = 1
		left += p.samples[e.row()].weight
	}
	for _, e := range order[c.at+1:] {
		p.goesLeft[e.row()] = 0
		if e.missing() && c.missingLeft {
			p.goesLeft[e.row()] = 1
			left += p.samples[e.row()].weight
		}
	}
	return left
}

// partition moves the rows of a node that go left, lefts many, before those that
// go right, in rows and, if any column will be searched again, in every column's
// order. It is stable: orders stay sorted.
func (p *plot) partition(s span, lefts int, search bool) {
	partitionRows(p.rows[s.lo:s.hi], p.spare, p.goesLeft)
	if !search {
		return
	}
	from, to := p.orders[s.depth%2], p.orders[(s.depth+1)%2]
	for column := range from {
		order, dst := from[column][s.lo:s.hi], to[column][s.lo:s.hi]
		if constant(order) {
			partitionConstant(dst, order, lefts)
		} else {
			partitionOrder(dst, order, p.goesLeft, lefts)
		}
	}
}
