package forest

// sample holds what a scan needs of an in-bag row.
type sample struct {
	weight float64 // sample weight times multiplicity
	target float64 // weight times (target - mean of the node)
}

// span is a node that has yet to be grown: a range of rows.
type span struct {
	lo, hi int
	depth  int
	parent int // the index of the split whose right child it is; -1 for the root and left children
}

// nodeRows holds the in-bag rows of a tree, arranged by node. A row is known by its index in the bag, a small number,
// rather than by its index in the training data: so the memory that a node touches lies closer together.
type nodeRows struct {
	samples   []sample
	target    []float64
	isolation []float64 // see searcher.scoreIsolated

	// A node owns the range [lo, hi) of rows and of every column's order; both hold the same rows there, those of its
	// left child first. Its children's orders are written to the other of the two memories.
	rows   []uint32
	orders [2][][]entry // of nodes at even and at odd depth

	goesLeft []uint8 // 1 if the row goes left at the current cut
	scratch  []uint32
}

func newNodeRows(rows, columns int) *nodeRows {
	n := &nodeRows{
		samples: make([]sample, rows), target: make([]float64, rows), isolation: make([]float64, rows),
		rows: make([]uint32, 0, rows), goesLeft: make([]uint8, rows), scratch: make([]uint32, rows),
	}
	for depth := range n.orders {
		n.orders[depth] = make([][]entry, columns)
		for column := range columns {
			n.orders[depth][column] = make([]entry, rows)
		}
	}
	return n
}

// order returns the order of a column at a node.
func (n *nodeRows) order(column int32, s span) []entry {
	return n.orders[s.depth%2][column][s.lo:s.hi]
}

// moments holds the moments of the targets of a node.
type moments struct {
	mean   float64
	weight float64
	spread float64 // weighted sum of squares about the mean
	pure   bool    // all targets are equal
}

// centre returns the moments of a node and, unless it is pure, centres the targets of its rows on their mean.
// Differences from one of the targets are taken first, so that targets far from 0 and close to each other lose nothing
// to cancellation.
func (n *nodeRows) centre(rows []uint32) moments {
	pivot := n.target[rows[0]]
	m := moments{pure: true}
	sum := 0.0
	for _, r := range rows {
		weight, d := n.samples[r].weight, n.target[r]-pivot
		m.weight += weight
		sum += weight * d
		m.pure = m.pure && d == 0
	}
	m.mean = pivot + sum/m.weight
	if m.pure {
		return m
	}
	for _, r := range rows {
		v, d := &n.samples[r], n.target[r]-m.mean
		v.target = v.weight * d
		m.spread += v.target * d
	}
	return m
}

// markLeft sets goesLeft for the rows of a node, given in the order of the cut's column, and returns the weight that
// goes left.
func (n *nodeRows) markLeft(order []entry, c cut) (left float64) {
	for _, e := range order[:c.at+1] {
		n.goesLeft[e.row()] = 1
		left += n.samples[e.row()].weight
	}
	for _, e := range order[c.at+1:] {
		n.goesLeft[e.row()] = 0
		if e.missing() && c.missingLeft {
			n.goesLeft[e.row()] = 1
			left += n.samples[e.row()].weight
		}
	}
	return left
}

// partition moves the rows of a node that go left, of which there are leftCount, before those that go right: in rows
// and, if any column is to be searched again, in every column's order. It is stable, so orders stay sorted.
func (n *nodeRows) partition(s span, leftCount int, search bool) {
	partitionRows(n.rows[s.lo:s.hi], n.scratch, n.goesLeft)
	if !search {
		return
	}
	from, to := n.orders[s.depth%2], n.orders[(s.depth+1)%2]
	for column := range from {
		order, dst := from[column][s.lo:s.hi], to[column][s.lo:s.hi]
		if constant(order) {
			partitionConstant(dst, order, leftCount)
		} else {
			partitionOrder(dst, order, n.goesLeft, leftCount)
		}
	}
}
