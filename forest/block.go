package forest

// lanes is the number of trees, or rows, that are walked in step. Eight positions, the nodes, the keys and what a step
// needs fill the registers of amd64; six do about as well, four leave the processor waiting for memory.
const lanes = 8

// block holds up to eight trees, packed for prediction.
//
// The splits of a tree are packed in clusters: a split, its children that are splits, and theirs, up to clusterSplits
// of them, lie next to each other, and so mostly in one cache line; the subtrees below a cluster follow it, each whole.
// A walk through d levels touches about d/2 lines, even of a large tree, and the last of them lie in one page.
type block struct {
	nodes      []packedNode
	indexWidth uint // of key indices, in bits
	trees      int
	roots      [lanes]uint64 // positions; lanes beyond trees have a leaf

	// Children are adjacent pairs. drawsAt holds, by half the position of a pair, the index in draws of its first leaf.
	// draws holds there the number of draws that the leaf keeps, then these, ascending, as ranks in Forest.samples;
	// those of the other leaf follow. Both are nil if none are kept.
	drawsAt []uint32
	draws   []uint32

	leftShare []float32 // by half the position of a pair: the share of its parent's weight that went left; nil if not kept
}

// children returns the position of the left child of the split at the given position; the right one is next to it.
func (b *block) children(at uint64) uint64 {
	return at + uint64(uint32(b.nodes[at])>>b.indexWidth)
}

// splitAt returns the column of the split at the given position and whether missing values go left there.
func (b *block) splitAt(at uint64) (column int, missingLeft bool) {
	split := b.nodes[at]&(1<<b.indexWidth-1) - 1
	return int(split >> 1), split&1 == 1
}

// leafDraws returns the draws that the leaf at the given position keeps.
func (b *block) leafDraws(at uint64) []uint32 {
	if b.drawsAt == nil {
		return nil
	}
	first := b.drawsAt[at/2]
	if at%2 == 1 && isLeaf(b.nodes[at-1]) {
		first += 1 + b.draws[first]
	}
	return b.draws[first+1:][:b.draws[first]]
}

// addValues adds the values of the leaves to sum, tree by tree. Predict adds them in the same order, so that both
// results agree to the last bit.
func (b *block) addValues(sum float64, leaves [lanes]uint64) float64 {
	for _, at := range leaves[:b.trees] {
		sum += leafValue(b.nodes[at])
	}
	return sum
}

// position is a position in a block, with the number of the node that is packed there in its source.
type position struct{ at, node uint64 }

// clusterSplits is the most splits of a cluster: three pairs of children fill three quarters of a cache line. Four do
// as well; aligning clusters to lines would waste a fifth of the memory and gain nothing.
const clusterSplits = 3

// traverse visits the nodes at and below root in the order in which a tree is packed and encoded: by clusters, each
// breadth first. A node is visited before it is read, and a split is expanded before its children are read: so visit
// may write the node, and expand may add its children. expand returns their numbers.
func (b *block) traverse(root uint64, visit func(pos position), expand func(pos position) (left, right uint64)) {
	visit(position{at: root})
	if isLeaf(b.nodes[root]) {
		return
	}
	later := make([]position, 1, 64) // splits that begin a cluster
	later[0] = position{at: root}
	for len(later) > 0 {
		var queue [1 + 2*clusterSplits]position
		queue[0] = later[len(later)-1]
		later = later[:len(later)-1]
		splits, end := 0, 1
		for i := 0; i < end; i++ {
			pos := queue[i]
			if i > 0 {
				visit(pos)
				if isLeaf(b.nodes[pos.at]) {
					continue
				}
			}
			if splits == clusterSplits {
				later = append(later, pos)
				continue
			}
			left, right := expand(pos)
			at := b.children(pos.at)
			queue[end], queue[end+1] = position{at, left}, position{at + 1, right}
			splits, end = splits+1, end+2
		}
	}
}

// eachNode visits the nodes of a packed tree in the order of traverse.
func (b *block) eachNode(root uint64, visit func(at uint64)) {
	b.traverse(root, func(pos position) { visit(pos.at) }, func(position) (left, right uint64) { return 0, 0 })
}

// blockCount returns the number of blocks of so many trees.
func blockCount(trees int) int { return (trees + lanes - 1) / lanes }
