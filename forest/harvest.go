package forest

import "slices"

// harvest returns the grown tree with the draws its leaves keep.
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

// keep appends the draws kept of a leaf with the given bag rows: all, or
// LeafSamples of them by selection sampling (Knuth, TAOCP 2, 3.4.2 S).
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
