package forest

import "context"

// grower grows trees one after the other in the same memory. Nothing it
// leaves behind influences the next tree.
type grower struct {
	data    *dataset
	presort [][]entry // of all rows, per column
	config  Config

	bag          *bagger
	trainingRow  []uint32 // the training row of each bag row, ascending
	bagRow       []int32  // the bag row of each training row, -1 if out of bag
	multiplicity []uint32 // how often the bag holds each bag row

	searcher

	stack      []span // nodes yet to visit, the next one last
	nodes      []node
	leafStarts []int     // where each leaf's rows begin, in preorder
	draws      []uint32  // becomes tree.draws
	gain       []float64 // total gain of the tree's cuts, per column
}

// span is a node to be: a range of rows.
type span struct {
	lo, hi int
	depth  int
	parent int // whose right child it is; -1 for the root and left children
}

// moments describe the targets of a node.
type moments struct {
	mean   float64
	weight float64
	spread float64 // weighted sum of squares about the mean
	pure   bool    // all targets are equal
}

func newGrower(data *dataset, presort [][]entry, config Config) *grower {
	g := &grower{
		data: data, presort: presort, config: config,
		bag:          newBagger(config.Seed, !config.NoBootstrap, data.units),
		bagRow:       make([]int32, data.rows),
		multiplicity: make([]uint32, data.rows),
		searcher: searcher{
			nodeRows: newNodeRows(data.rows, data.columns), minLeaf: config.MinLeaf, maxFeatures: config.MaxFeatures,
			columns: make([]int32, data.columns),
		},
		gain: make([]float64, data.columns),
	}
	return g
}

// grow returns the tree of the given number, its nodes in the memory of blank, or
// false if ctx ended first. The gains of its columns are in g.gain until the next
// call.
func (g *grower) grow(ctx context.Context, number int, blank []node) (tree, bool) {
	g.random = g.bag.draw(number)
	g.nodes = blank
	g.fillRoot()
	g.stack = append(g.stack[:0], span{hi: len(g.rows), parent: -1})
	for len(g.stack) > 0 {
		if ctx.Err() != nil {
			return tree{}, false
		}
		s := g.stack[len(g.stack)-1]
		g.stack = g.stack[:len(g.stack)-1]
		if s.parent >= 0 {
			g.nodes[s.parent].next = uint32(len(g.nodes))
		}
		for more := true; more; {
			s, more = g.visit(s)
		}
	}
	return g.sampleLeaves(), true
}

// fill prepares the root: all rows of the bag, in every column's order.
func (g *grower) fillRoot() {
	g.leafStarts = g.leafStarts[:0]
	g.trainingRow, g.rows = g.trainingRow[:0], g.rows[:0]
	clear(g.gain)
	for column := range g.columns {
		g.columns[column] = int32(column)
	}
	for row := range g.bagRow {
		g.bagRow[row] = -1
		if g.data.weight[row] == 0 {
			continue
		}
		if count := g.bag.counts[g.data.unit[row]]; count > 0 {
			g.addRow(row, count)
		}
	}
	for column, all := range g.presort {
		g.filter(g.orders[0][column], all)
	}
}

// add puts a training row into the bag.
func (g *grower) addRow(row int, count uint32) {
	r := len(g.trainingRow)
	g.bagRow[row] = int32(r)
	g.trainingRow = append(g.trainingRow, uint32(row))
	g.rows = append(g.rows, uint32(r))
	g.multiplicity[r] = count
	g.target[r] = g.data.y[row]
	g.samples[r].weight = g.data.weight[row] * float64(count)
}

// filter writes the bag rows among all to dst, in the same order. Every row is
// written and the place moves on if it is in the bag: whether it is cannot be
// predicted.
func (g *grower) filter(dst, all []entry) {
	i := 0
	for _, e := range all {
		r := g.bagRow[e.row()]
		dst[i] = newEntry(e.key(), uint32(r))
		i += int(^uint32(r) >> 31)
	}
}

// visit turns s into a leaf, or into a split: then it opens the right child and
// returns the left one, which is to be visited next.
func (g *grower) visit(s span) (left span, split bool) {
	rows := g.rows[s.lo:s.hi]
	switch len(rows) {
	case 1:
		g.addLeaf(s.lo, g.target[rows[0]])
		return span{}, false
	case 2:
		g.growTwo(s, noRow, s.lo, s.depth)
		return span{}, false
	}
	m := g.centre(rows)
	if !m.pure && g.mayGrow(len(rows), s.depth) {
		g.weight, g.tieTolerance = m.weight, tolerance*m.spread/m.weight
		if c, ok := g.bestCut(s); ok {
			return g.split(s, c, m)
		}
	}
	g.addLeaf(s.lo, m.mean)
	return span{}, false
}

// leaf appends a leaf of the given value, whose rows begin at lo.
func (g *grower) addLeaf(lo int, value float64) {
	g.nodes = append(g.nodes, node{threshold: float32(value), split: leafMark})
	g.leafStarts = append(g.leafStarts, lo)
}

// split turns s into a split at c, opens its right child and returns the left
// one. Of few rows it grows what is below at once, and there is nothing to visit.
func (g *grower) split(s span, c cut, m moments) (left span, more bool) {
	g.gain[c.column] += c.score * m.weight
	order := g.order(c.column, s)
	weight := g.markLeft(order, c)
	parent := len(g.nodes)
	g.nodes = append(g.nodes, node{
		threshold: c.threshold(order), leftShare: float32(weight / m.weight),
		split: splitCode(int(c.column), missingGoesLeft(order, c, weight, m.weight)),
	})
	leftCount := c.leftCount(order)
	if len(order) == smallNode {
		g.growThree(s, c, order)
		return span{}, false
	}
	middle := s.lo + leftCount
	g.partition(s, leftCount, g.mayGrow(max(leftCount, len(order)-leftCount), s.depth+1))
	g.stack = append(g.stack, span{lo: middle, hi: s.hi, depth: s.depth + 1, parent: parent})
	return span{lo: s.lo, hi: middle, depth: s.depth + 1, parent: -1}, true
}

// mayGrow reports whether a node of so many rows at that depth may be split.
func (g *grower) mayGrow(rows, depth int) bool {
	return rows >= 2*g.config.MinLeaf && (g.config.MaxDepth == 0 || depth < g.config.MaxDepth)
}

// missingLeft reports where a row goes that misses the cut's column: where
// the cut sent such rows or, if training had none here, with the larger weight.
func missingGoesLeft(order []entry, c cut, left, total float64) bool {
	if order[len(order)-1].missing() {
		return c.missingLeft
	}
	return left > total-left
}
