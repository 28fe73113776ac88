package forest

// packTrees returns a block of the trees, of which there are at most eight. cover says whether it holds the left shares
// of splits.
func packTrees(trees []tree, columns int, cover bool) block {
	nodes, draws := 0, 0
	for i := range trees {
		nodes += len(trees[i].nodes)
		draws += len(trees[i].draws)
	}
	p := newPacker(columns, len(trees), nodes, draws, cover)
	for i := range trees {
		p.pack(&trees[i])
	}
	return p.finish()
}

// packer builds a block. Trees are packed one after the other: addRoot, then a traversal from there whose visit calls
// setLeaf or setSplit for each node and whose expand calls addChildren.
type packer struct{ block }

// pack packs t.
func (p *packer) pack(t *tree) {
	p.traverse(p.addRoot(), func(pos position) {
		n := &t.nodes[pos.node]
		if n.split != leafMark {
			p.setSplit(pos.at, n.threshold, n.split)
			return
		}
		p.setLeaf(pos.at, n.threshold, len(p.draws))
		if p.drawsAt != nil {
			draws := t.leafDraws(n)
			p.draws = append(append(p.draws, uint32(len(draws))), draws...)
		}
	}, func(pos position) (left, right uint64) {
		n, children := &t.nodes[pos.node], p.addChildren(pos.at)
		if p.leftShare != nil {
			p.leftShare[children/2] = n.leftShare
		}
		return pos.node + 1, uint64(n.next)
	})
}

// newPacker returns a packer for so many trees, which have so many nodes and draws altogether.
func newPacker(columns, trees, nodes, draws int, cover bool) *packer {
	total := nodes + trees + 2*lanes
	p := &packer{block{nodes: make([]packedNode, 0, total), indexWidth: indexWidth(columns)}}
	if draws > 0 {
		p.drawsAt, p.draws = make([]uint32, total/2), make([]uint32, 0, draws)
	}
	if cover {
		p.leftShare = make([]float32, total/2)
	}
	return p
}

// addRoot adds a root and returns its position.
func (p *packer) addRoot() uint64 {
	root := p.addPair()
	p.roots[p.trees] = root
	p.trees++
	return root
}

// setSplit makes the node at the given position a split.
func (p *packer) setSplit(at uint64, threshold float32, split uint16) {
	p.nodes[at] = packSplit(threshold, split)
}

// setLeaf makes the node at the given position a leaf. Its draws begin at index first of p.draws, with their number.
func (p *packer) setLeaf(at uint64, value float32, first int) {
	p.nodes[at] = packLeaf(value)
	// The leaves of a pair are visited one after the other: of two, the second finds its draws behind those of the
	// first.
	if p.drawsAt != nil && (at%2 == 0 || !isLeaf(p.nodes[at-1])) {
		p.drawsAt[at/2] = uint32(first)
	}
}

// addChildren adds the children of the split at the given position and returns the position of the left one.
func (p *packer) addChildren(at uint64) (children uint64) {
	children = p.addPair()
	p.nodes[at] |= (children - at) << p.indexWidth
	return children
}

// addPair adds a pair of nodes and returns the position of the first one.
func (p *packer) addPair() uint64 {
	p.nodes = append(p.nodes, 0, 0)
	return uint64(len(p.nodes) - 2)
}

// finish returns the block.
func (p *packer) finish() block {
	for i := p.trees; i < lanes; i++ {
		p.roots[i] = p.addPair()
	}
	return p.block
}
