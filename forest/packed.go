package forest

import (
	"fmt"
	"math"
)

// packedNode is a node of a packed tree in eight bytes:
//
//	bits 63-32  split: the threshold as a sort key; leaf: its value as a float32
//	     31-c   split: the distance, in nodes, to its left child, which the right
//	            child follows; leaf: 0
//	    c-1-0   split: its key index, which of the row's keys to look at; leaf: 0
//
// where c is the width of a key index: a byte, except for forests of very many columns.
//
// A walk reads the node at i, compares all of it with the row's key at its key index, and goes on at i + distance + (1
// if node < key). The low bits of the node do not disturb the comparison, because those of a key are 0 and equal values
// go left. A leaf has no distance, and the key at index 0 is 0, which no node is less than: so a walk that has reached
// a leaf stays there, and walks of different lengths can be taken in step, without a branch.
//
// A column has two key indices, one for the splits that send missing values right and one for those that send them
// left. The keys of a known value are the same at both; those of a missing value are greater and less than every node.
type packedNode = uint64

const (
	leafIndex       = 0
	missingRightKey = math.MaxUint64 // of a missing value that goes right
	missingLeftKey  = 0              // of one that goes left, and the key at leafIndex
	byteWidth       = 8              // of key indices that fit a byte, in bits
	linkBits        = 32             // of a distance and a key index
)

// indexWidth returns the width, in bits, of the key indices of so many columns.
func indexWidth(columns int) uint {
	width := uint(byteWidth)
	for 2*columns >= 1<<width {
		width++
	}
	return width
}

// maxDistance returns the greatest distance to a child that fits beside a key index of the given width.
func maxDistance(width uint) int { return 1<<(linkBits-width) - 1 }

// checkNodeCount returns ErrTooManyNodes, wrapped, if a tree of so many nodes has greater distances than fit beside the
// key indices of so many columns.
func checkNodeCount(nodes, columns int) error {
	if limit := maxDistance(indexWidth(columns)); nodes > limit {
		return fmt.Errorf("%w: %d, at most %d with %d columns", ErrTooManyNodes, nodes, limit, columns)
	}
	return nil
}

// keyIndex returns the key index of a node.split.
func keyIndex(split uint16) packedNode { return 1 + packedNode(split) }

// packSplit returns a split whose children are not packed yet.
func packSplit(threshold float32, split uint16) packedNode {
	return packedNode(sortKey(threshold))<<linkBits | keyIndex(split)
}

// packLeaf returns a leaf of the given value.
func packLeaf(value float32) packedNode { return packedNode(math.Float32bits(value)) << linkBits }

// isLeaf reports whether n is a leaf.
func isLeaf(n packedNode) bool { return uint32(n) == leafIndex }

// leafValue returns the value of a leaf.
func leafValue(n packedNode) float64 { return float64(math.Float32frombits(uint32(n >> linkBits))) }

// splitThreshold returns the threshold of a split.
func splitThreshold(n packedNode) float32 { return fromSortKey(uint32(n >> linkBits)) }

// valueKey returns the key of a known value.
func valueKey(x float32) uint64 { return uint64(sortKey(x)) << linkBits }

// keysOf returns the keys of a value at its column's two key indices.
func keysOf(x float32) (right, left uint64) {
	if x != x {
		return missingRightKey, missingLeftKey
	}
	key := valueKey(x)
	return key, key
}
