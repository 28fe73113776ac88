package forest

// lanes is how many trees, or rows, are walked in step. Eight lanes, the words,
// the keys and what a step needs fill the registers of amd64; six do about as
// well, four leave the processor waiting for memory.
const lanes = 8

// grove is up to eight trees in the form in which they are asked.
//
// The splits of a tree stand in clusters: a split, the children it has, and
// theirs, up to clusterSplits of them, lie next to each other, and so mostly in
// one line of the cache; below a cluster its subtrees follow, each whole. A walk
// through d levels meets about d/2 lines, of a large tree too, and the last of
// them in one page.
type block struct {
	nodes      []packedNode
	indexWidth uint // of codes
	trees      int
	roots      [lanes]uint64 // where trees stand; the lanes beyond trees stand on a leaf

	// Children stand in pairs, and so do the leaves among them: by half the
	// position of a pair, the place in draws of its first leaf, where there are
	// as many as the leaf keeps, then these, ascending, each the position of a
	// training row in Forest.kept; the other leaf's follow. nil if none are kept.
	drawsAt []uint32
	draws   []uint32

	leftShare []float32 // by half the position of a pair: of the parent's weight, what went left; nil if unknown
}

// children returns the position of the left child of the split at the given
// position; the right one is next to it.
func (b *block) children(at uint64) uint64 {
	return at + uint64(uint32(b.nodes[at])>>b.indexWidth)
}

// splitAt returns the column of the split at the given position and where
// missing values go.
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

// addValues adds the values of the leaves to sum, tree by tree: Predict adds
// them in the same order, so that both say the same to the last bit.
func (b *block) addValues(sum float64, leaves [lanes]uint64) float64 {
	for _, at := range leaves[:b.trees] {
		sum += leafValue(b.nodes[at])
	}
	return sum
}

// seat is a position in a grove, and the number of the node that stands there in
// whatever it is planted from.
type position struct{ at, node uint64 }

// clusterSplits is the most splits of a cluster: three pairs of children fill
// three quarters of a line. Four do as well; aligning clusters to lines would
// waste a fifth of the memory and gains nothing.
const clusterSplits = 3

// traverse visits the nodes at and below root in the order in which a tree is
// planted and encoded: by clusters, each breadth first. A node is visited before
// it is looked at, and a split opened before its children are: so visit may
// write the node, and open find a place for its children. It returns their
// numbers.
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

// each visits the nodes of a planted tree in the order of traverse.
func (b *block) eachNode(root uint64, visit func(at uint64)) {
	b.traverse(root, func(pos position) { visit(pos.at) }, func(position) (left, right uint64) { return 0, 0 })
}

// groveCount returns in how many groves so many trees stand.
func blockCount(trees int) int { return (trees + lanes - 1) / lanes }
