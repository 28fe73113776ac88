package forest

import "math"

// node is a split or a leaf of a tree. Nodes are in preorder, so the left child of a split is the node after it.
type node struct {
	threshold float32 // split: x <= threshold goes left; leaf: its value
	leftShare float32 // split: the share of its training weight that went left
	next      uint32  // split: the right child; leaf: the index of its draws in tree.draws
	split     uint16  // column<<1, +1 if missing values go left; or leafMark
}

// leafMark in node.split marks a leaf.
const leafMark = math.MaxUint16

// splitCode returns the node.split of a split on column.
func splitCode(column int, missingLeft bool) uint16 {
	code := uint16(column) << 1
	if missingLeft {
		code |= 1
	}
	return code
}

// tree is one regression tree as it is grown. For prediction it is packed into a block.
type tree struct {
	nodes []node

	// draws holds, at the index a leaf names, the number of draws that the leaf keeps, then these, ascending: the ranks
	// of training rows in the order of targets. A row drawn twice occurs twice. It is empty if no leaf keeps any.
	draws []uint32
}

// leafDraws returns the draws that leaf n keeps.
func (t *tree) leafDraws(n *node) []uint32 {
	if len(t.draws) == 0 {
		return nil
	}
	return t.draws[n.next+1:][:t.draws[n.next]]
}
