package forest

import "math"

// node is a split or a leaf of a tree. Nodes stand in preorder, so the left
// child of a split is the node after it.
type node struct {
	threshold float32 // split: x <= threshold goes left; leaf: its value
	leftShare float32 // split: of its weight, what went left in training
	next      uint32  // split: the right child; leaf: its place in tree.draws
	split     uint16  // column<<1, +1 if missing goes left; or leafMark
}

// leafMark in node.split tells a leaf from a split.
const leafMark = math.MaxUint16

// splitCode returns the node.split of a split on column.
func splitCode(column int, missingLeft bool) uint16 {
	code := uint16(column) << 1
	if missingLeft {
		code |= 1
	}
	return code
}

// tree is one regression tree as it is grown and encoded. To be asked it is
// planted in a grove.
type tree struct {
	nodes []node

	// draws holds, at the place a leaf names, how many draws the leaf keeps,
	// then these, ascending: the positions of training rows in the order of
	// targets. A row drawn twice stands twice. Empty if no leaf keeps any.
	draws []uint32
}

// leafDraws returns the draws that leaf n keeps.
func (t *tree) leafDraws(n *node) []uint32 {
	if len(t.draws) == 0 {
		return nil
	}
	return t.draws[n.next+1:][:t.draws[n.next]]
}
