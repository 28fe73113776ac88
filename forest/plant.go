package forest

// planter builds a grove. Trees are planted one after the other: begin, then
// traverse the grove from there with a visit that calls leaf or split for each
// node, then open.
type planter struct{ grove }

// newPlanter returns a planter for trees of so many nodes and draws, together.
func newPlanter(columns, trees, nodes, draws int, shares bool) *planter {
	total := nodes + trees + 2*lanes
	p := &planter{grove{words: make([]word, 0, total), width: codeWidth(columns)}}
	if draws > 0 {
		p.place, p.draws = make([]uint32, total/2), make([]uint32, 0, draws)
	}
	if shares {
		p.share = make([]float32, total/2)
	}
	return p
}

// pair returns the position of a new pair.
func (p *planter) pair() uint64 {
	p.words = append(p.words, 0, 0)
	return uint64(len(p.words) - 2)
}

// begin returns where the next tree stands.
func (p *planter) begin() uint64 {
	root := p.pair()
	p.roots[p.trees] = root
	p.trees++
	return root
}

// leaf makes the node at the given position a leaf. Its draws begin at first in
// p.draws, with their number.
func (p *planter) leaf(at uint64, value float32, first int) {
	p.words[at] = leafWord(value)
	// The leaves of a pair are visited one after the other: of two, the second
	// finds its draws behind those of the first.
	if p.place != nil && (at%2 == 0 || !isLeaf(p.words[at-1])) {
		p.place[at/2] = uint32(first)
	}
}

// split makes the node at the given position a split.
func (p *planter) split(at uint64, threshold float32, split uint16) {
	p.words[at] = splitWord(threshold, split)
}

// open finds a place for the children of the split at the given position.
func (p *planter) open(at uint64) (children uint64) {
	children = p.pair()
	p.words[at] |= (children - at) << p.width
	return children
}

// done returns the grove.
func (p *planter) done() grove {
	for i := p.trees; i < lanes; i++ {
		p.roots[i] = p.pair()
	}
	return p.grove
}

// plant returns a grove of the trees, at most eight.
func plant(trees []tree, columns int, shares bool) grove {
	nodes, draws := 0, 0
	for i := range trees {
		nodes += len(trees[i].nodes)
		draws += len(trees[i].draws)
	}
	p := newPlanter(columns, len(trees), nodes, draws, shares)
	for i := range trees {
		p.tree(&trees[i])
	}
	return p.done()
}

// tree plants t.
func (p *planter) tree(t *tree) {
	p.traverse(p.begin(), func(s seat) {
		n := &t.nodes[s.node]
		if n.split != leafMark {
			p.split(s.at, n.threshold, n.split)
			return
		}
		p.leaf(s.at, n.threshold, len(p.draws))
		if p.place != nil {
			draws := t.leafDraws(n)
			p.draws = append(append(p.draws, uint32(len(draws))), draws...)
		}
	}, func(s seat) (left, right uint64) {
		n, children := &t.nodes[s.node], p.open(s.at)
		if p.share != nil {
			p.share[children/2] = n.share
		}
		return s.node + 1, uint64(n.next)
	})
}
