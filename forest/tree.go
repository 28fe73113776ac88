package forest

import "math"

// leafMark in node.split tells a leaf from a split.
const leafMark = math.MaxUint16

// node is a split or a leaf of a tree. Nodes stand in preorder, so the left
// child of a split is the node after it.
type node struct {
	threshold float32 // split: x <= threshold goes left; leaf: its value
	next      uint32  // split: the right child; leaf: its place in tree.rows
	split     uint16  // column<<1, +1 if missing goes left; or leafMark
}

// tree is one regression tree.
type tree struct {
	nodes []node

	// rows holds, at the place a leaf names, how many draws the leaf keeps,
	// then their training rows, ascending; a row drawn twice stands twice.
	rows []uint32
}

// splitCode returns the node.split of a split on column.
func splitCode(column int, missingLeft bool) uint16 {
	code := uint16(column) << 1
	if missingLeft {
		code |= 1
	}
	return code
}

// leaf returns the leaf of t that x reaches. Rounding a float64 to float32
// may overflow to an infinity here, unlike in round32: it compares the same,
// because only the threshold +Inf, which stands for "any known value", is not
// below the largest float32.
func leaf[T float32 | float64](t *tree, x []T) *node {
	i := uint32(0)
	for {
		n := &t.nodes[i]
		if n.split == leafMark {
			return n
		}
		v := float32(x[n.split>>1])
		if v <= n.threshold || v != v && n.split&1 != 0 {
			i++
		} else {
			i = n.next
		}
	}
}

// leafRows returns the draws that leaf n keeps.
func (t *tree) leafRows(n *node) []uint32 {
	first := n.next + 1
	return t.rows[first : first+t.rows[n.next]]
}
