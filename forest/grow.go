package forest

import (
	"context"
	"slices"
)

// grow returns the tree of the given number, with its nodes in the memory of buffer, or false if ctx ended first. The
// gains of its columns are in g.gain until the next call.
func (g *grower) grow(ctx context.Context, number int, buffer []node) (tree, bool) {
	g.random = g.bag.draw(number)
	g.nodes = buffer
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

// visit turns s into a leaf or into a split. Of a split it pushes the right child on the stack and returns the left
// one, which is to be visited next.
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

// split turns s into a split at c, pushes its right child on the stack and returns the left one. A small node is grown
// to its leaves at once: then there is nothing more to visit.
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

// sampleLeaves returns the grown tree with the draws that its leaves keep.
func (g *grower) sampleLeaves() tree {
	if g.data.rank == nil {
		return tree{nodes: g.nodes}
	}
	g.draws = g.draws[:0]
	leaf := 0
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.split != leafMark {
			continue
		}
		lo, hi := g.leafStarts[leaf], len(g.rows)
		if leaf++; leaf < len(g.leafStarts) {
			hi = g.leafStarts[leaf]
		}
		n.next = uint32(len(g.draws))
		g.sampleLeaf(g.rows[lo:hi])
	}
	return tree{nodes: g.nodes, draws: slices.Clone(g.draws)}
}

// sampleLeaf appends the draws that a leaf with the given bag rows keeps: all, or LeafSamples of them by selection
// sampling (Knuth, TAOCP 2, 3.4.2 S).
func (g *grower) sampleLeaf(rows []uint32) {
	left := 0
	for _, r := range rows {
		left += int(g.multiplicity[r])
	}
	wanted := left
	if limit := g.config.LeafSamples; limit != 0 {
		wanted = min(limit, left)
	}
	g.draws = append(g.draws, uint32(wanted))
	first := len(g.draws)
	for _, r := range rows {
		for range g.multiplicity[r] {
			if wanted == left || wanted > 0 && g.random.IntN(left) < wanted {
				g.draws = append(g.draws, g.data.rank[g.trainingRow[r]])
				wanted--
			}
			left--
		}
	}
	slices.Sort(g.draws[first:])
}
