package forest

import (
	"context"
	"math/rand/v2"
)

// grower grows trees one after the other in the same memory. Nothing it
// leaves behind influences the next tree.
//
// A row is known by its place in the bag, a small number, rather than by its
// number in the training data: what a node touches then lies closer together.
type grower struct {
	data   *dataset
	orders [][]entry // of all rows, per column
	config Config

	bag    *bagger
	random *rand.Rand

	inBag        []uint32  // the training row of each bag row, ascending
	place        []int32   // the bag row of each training row, -1 if out of bag
	multiplicity []uint32  // how often the bag holds each bag row
	target       []float64 // of each bag row
	samples      []sample  // of each bag row

	// A node owns the range [lo, hi) of rows and of every column's order;
	// both hold the same bag rows there, those of its left child first.
	rows  []uint32
	order [][]entry

	columns  []int    // shuffled as candidates are drawn
	goesLeft []uint8  // per bag row: 1 if it goes left at the present cut
	spare    []uint32 // rows that go right, while partitioning
	spares   []entry

	open   []span // nodes yet to visit, the next one last
	nodes  []node
	leaves []int     // where each leaf's range of rows begins, in preorder
	kept   []uint32  // becomes tree.rows
	gain   []float64 // total gain of the tree's cuts, per column
}

// span is a node to be.
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

func newGrower(data *dataset, orders [][]entry, config Config) *grower {
	n := data.rows
	g := &grower{
		data: data, orders: orders, config: config,
		bag:          newBagger(config.Seed, !config.NoBootstrap, data.units),
		place:        make([]int32, n),
		multiplicity: make([]uint32, n),
		target:       make([]float64, n),
		samples:      make([]sample, n),
		order:        make([][]entry, data.columns),
		columns:      make([]int, data.columns),
		goesLeft:     make([]uint8, n),
		spare:        make([]uint32, n),
		spares:       make([]entry, n),
		gain:         make([]float64, data.columns),
	}
	for column := range g.order {
		g.order[column] = make([]entry, 0, n)
	}
	return g
}

// grow returns the tree of the given number, or false if ctx ended first.
// The gains of its columns are in g.gain until the next call.
func (g *grower) grow(ctx context.Context, number int) (tree, bool) {
	g.random = g.bag.draw(number)
	g.fill()
	g.open = append(g.open, span{hi: len(g.rows), parent: -1})
	for len(g.open) > 0 {
		if ctx.Err() != nil {
			g.open = g.open[:0]
			return tree{}, false
		}
		s := g.open[len(g.open)-1]
		g.open = g.open[:len(g.open)-1]
		if s.parent >= 0 {
			g.nodes[s.parent].next = uint32(len(g.nodes))
		}
		g.visit(s)
	}
	return g.harvest(), true
}

// fill prepares the root: all rows of the bag, in every column's order.
func (g *grower) fill() {
	g.nodes, g.leaves, g.kept = g.nodes[:0], g.leaves[:0], g.kept[:0]
	g.inBag, g.rows = g.inBag[:0], g.rows[:0]
	clear(g.gain)
	for column := range g.columns {
		g.columns[column] = column
	}
	for row := range g.place {
		g.place[row] = -1
		if g.data.weight[row] == 0 {
			continue
		}
		if count := g.bag.counts[g.data.unit[row]]; count > 0 {
			g.add(row, count)
		}
	}
	for column, all := range g.orders {
		g.order[column] = g.filter(g.order[column][:0], all)
	}
}

// add puts a training row into the bag.
func (g *grower) add(row int, count uint32) {
	r := len(g.inBag)
	g.place[row] = int32(r)
	g.inBag = append(g.inBag, uint32(row))
	g.rows = append(g.rows, uint32(r))
	g.multiplicity[r] = count
	g.target[r] = g.data.y[row]
	g.samples[r].weight = g.data.weight[row] * float64(count)
}

// filter appends the bag rows among all to dst, in the same order.
func (g *grower) filter(dst, all []entry) []entry {
	for _, e := range all {
		if r := g.place[e.row]; r >= 0 {
			dst = append(dst, entry{e.x, uint32(r)})
		}
	}
	return dst
}

// visit turns s into a leaf, or into a split whose children it opens.
func (g *grower) visit(s span) {
	m := g.centre(g.rows[s.lo:s.hi])
	best := noCut
	if !m.pure && g.mayGrow(s.hi-s.lo, s.depth) {
		best = g.search(s, m)
	}
	if best.score < 0 {
		g.nodes = append(g.nodes, node{threshold: float32(m.mean), split: leafMark})
		g.leaves = append(g.leaves, s.lo)
		return
	}
	g.gain[best.column] += best.score * m.weight
	left := g.mark(s, best)
	threshold := best.threshold(g.order[best.column][s.lo:s.hi])
	middle := s.lo + best.left

	parent := len(g.nodes)
	g.nodes = append(g.nodes, node{
		threshold: threshold,
		split:     splitCode(best.column, g.missingLeft(s, best, left, m.weight)),
	})
	largest := max(middle-s.lo, s.hi-middle)
	g.partition(s, g.mayGrow(largest, s.depth+1))
	g.open = append(g.open,
		span{lo: middle, hi: s.hi, depth: s.depth + 1, parent: parent},
		span{lo: s.lo, hi: middle, depth: s.depth + 1, parent: -1})
}

// mayGrow reports whether a node of so many rows at that depth may be split.
func (g *grower) mayGrow(rows, depth int) bool {
	return rows >= 2*g.config.MinLeaf && (g.config.MaxDepth == 0 || depth < g.config.MaxDepth)
}

// centre returns the moments of a node and, unless it is pure, centres the
// targets of its rows. Differences are taken from one of the targets first:
// targets far from 0 and close to each other lose nothing to cancellation.
func (g *grower) centre(rows []uint32) moments {
	pivot := g.target[rows[0]]
	m := moments{pure: true}
	sum := 0.0
	for _, r := range rows {
		weight, d := g.samples[r].weight, g.target[r]-pivot
		m.weight += weight
		sum += weight * d
		m.pure = m.pure && d == 0
	}
	m.mean = pivot + sum/m.weight
	if m.pure {
		return m
	}
	for _, r := range rows {
		v, d := &g.samples[r], g.target[r]-m.mean
		v.target = v.weight * d
		m.spread += v.target * d
	}
	return m
}

func (g *grower) search(s span, m moments) cut {
	find := searcher{
		samples: g.samples,
		minLeaf: g.config.MinLeaf,
		weight:  m.weight,
		tie:     tolerance * m.spread / m.weight,
	}
	order := func(column int) []entry { return g.order[column][s.lo:s.hi] }
	return find.best(order, g.columns, g.config.MaxFeatures, g.random)
}

// mark sets goesLeft for the rows of s and returns the weight that goes left.
func (g *grower) mark(s span, c cut) (left float64) {
	order := g.order[c.column][s.lo:s.hi]
	for i, e := range order {
		missing := e.x != e.x
		if i <= c.at || missing && c.missingLeft {
			g.goesLeft[e.row] = 1
			left += g.samples[e.row].weight
		} else {
			g.goesLeft[e.row] = 0
		}
	}
	return left
}

// missingLeft reports where a row goes that misses the cut's column: where
// the cut sent such rows or, if training had none here, with the larger weight.
func (g *grower) missingLeft(s span, c cut, left, total float64) bool {
	if last := g.order[c.column][s.hi-1].x; last != last {
		return c.missingLeft
	}
	return left > total-left
}

// partition moves the rows of s that go left before those that go right, in
// rows and, if any column will be searched again, in every column's order. It
// is stable: orders stay sorted. A constant column need not be partitioned:
// below this node it stays constant and is never read.
func (g *grower) partition(s span, orders bool) {
	partitionRows(g.rows[s.lo:s.hi], g.spare, g.goesLeft)
	if !orders {
		return
	}
	for _, order := range g.order {
		if entries := order[s.lo:s.hi]; !constant(entries) {
			partitionOrder(entries, g.spares, g.goesLeft)
		}
	}
}
