package forest

import "math/bits"

// nextNode returns the position of the child to which a walk goes on that has read n at position i, where the key at
// its key index is given. It takes a subtraction for its borrow and an addition with carry.
func nextNode(n packedNode, key, i uint64, width uint) uint64 {
	_, right := bits.Sub64(n, key, 0)
	i, _ = bits.Add64(i, uint64(uint32(n)>>(width&31)), right)
	return i
}

// descend returns the leaf that row reaches from the root at i. It walks one tree with one row, for key indices of any
// width; the other walks are tested against it.
func descend[T float32 | float64](b *block, i uint64, row []T) uint64 {
	for {
		n := b.nodes[i]
		if isLeaf(n) {
			return i
		}
		split := n&(1<<b.indexWidth-1) - 1
		right, left := keysOf(round32(float64(row[split>>1])))
		if split&1 == 1 {
			right = left
		}
		i = nextNode(n, right, i, b.indexWidth)
	}
}

// rowKeys holds the keys of one row, by key index.
type rowKeys [1 << byteWidth]uint64

// fill stores the keys of a row whose key indices fit a byte.
func (k *rowKeys) fill(row []float64) {
	for j, v := range row {
		k[1+2*j], k[2+2*j] = keysOf(round32(v))
	}
}

// walkTrees returns the leaves that a row reaches in the trees of b, whose key indices must fit a byte.
//
// Steps are written out: a loop over lanes would keep their positions in memory. All lanes have reached leaves once the
// last nodes read, combined by OR, have no distance and no key index.
func (b *block) walkTrees(k *rowKeys) [lanes]uint64 {
	i0, i1, i2, i3 := b.roots[0], b.roots[1], b.roots[2], b.roots[3]
	i4, i5, i6, i7 := b.roots[4], b.roots[5], b.roots[6], b.roots[7]
	nodes := b.nodes
	for {
		n := nodes[i0]
		all := n
		i0 = nextNode(n, k[uint8(n)], i0, byteWidth)
		n = nodes[i1]
		all |= n
		i1 = nextNode(n, k[uint8(n)], i1, byteWidth)
		n = nodes[i2]
		all |= n
		i2 = nextNode(n, k[uint8(n)], i2, byteWidth)
		n = nodes[i3]
		all |= n
		i3 = nextNode(n, k[uint8(n)], i3, byteWidth)
		n = nodes[i4]
		all |= n
		i4 = nextNode(n, k[uint8(n)], i4, byteWidth)
		n = nodes[i5]
		all |= n
		i5 = nextNode(n, k[uint8(n)], i5, byteWidth)
		n = nodes[i6]
		all |= n
		i6 = nextNode(n, k[uint8(n)], i6, byteWidth)
		n = nodes[i7]
		all |= n
		i7 = nextNode(n, k[uint8(n)], i7, byteWidth)
		if isLeaf(all) {
			return [lanes]uint64{i0, i1, i2, i3, i4, i5, i6, i7}
		}
	}
}

// laneKeys holds the keys of eight rows, by key index.
type laneKeys [1 << byteWidth][lanes]uint64

// walkRows returns the leaves that eight rows reach in the tree at root. It is walkTrees with one tree and eight rows
// instead of eight trees and one row.
func (b *block) walkRows(root uint64, k *laneKeys) [lanes]uint64 {
	i0, i1, i2, i3 := root, root, root, root
	i4, i5, i6, i7 := root, root, root, root
	nodes := b.nodes
	for {
		n := nodes[i0]
		all := n
		i0 = nextNode(n, k[uint8(n)][0], i0, byteWidth)
		n = nodes[i1]
		all |= n
		i1 = nextNode(n, k[uint8(n)][1], i1, byteWidth)
		n = nodes[i2]
		all |= n
		i2 = nextNode(n, k[uint8(n)][2], i2, byteWidth)
		n = nodes[i3]
		all |= n
		i3 = nextNode(n, k[uint8(n)][3], i3, byteWidth)
		n = nodes[i4]
		all |= n
		i4 = nextNode(n, k[uint8(n)][4], i4, byteWidth)
		n = nodes[i5]
		all |= n
		i5 = nextNode(n, k[uint8(n)][5], i5, byteWidth)
		n = nodes[i6]
		all |= n
		i6 = nextNode(n, k[uint8(n)][6], i6, byteWidth)
		n = nodes[i7]
		all |= n
		i7 = nextNode(n, k[uint8(n)][7], i7, byteWidth)
		if isLeaf(all) {
			return [lanes]uint64{i0, i1, i2, i3, i4, i5, i6, i7}
		}
	}
}

// leaves returns the leaves that row reaches in the trees of b. k holds its keys if key indices fit a byte.
func (b *block) leaves(row []float64, k *rowKeys) (at [lanes]uint64) {
	if b.indexWidth == byteWidth {
		return b.walkTrees(k)
	}
	for i := range b.trees {
		at[i] = descend(b, b.roots[i], row)
	}
	return at
}
