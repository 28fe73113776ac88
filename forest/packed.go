package forest

import (
	"fmt"
	"math"
)

// A word is a node of a planted tree in eight bytes:
//
//	bits 63-32  split: the threshold as a sortKey; leaf: its value as a float32
//	     31-c   split: how far behind it, in words, its left child stands, the
//	            right child being the word after that; leaf: 0
//	    c-1-0   split: its code, the place in a row's keys to look at; leaf: 0
//
// where c is the width of a code: a byte, but for forests of very many columns.
//
// A walk reads the word at i, compares all of it with the key at its code, and
// goes on at i + distance + (1 if word < key). The low bits of the word do not
// disturb the comparison, because those of a key are 0 and equal goes left. A
// leaf has no distance, and the key at code 0 is 0, which no word is less than:
// so who stands on a leaf stays there, and walks of different lengths can be
// taken in step, without a branch.
//
// A column has two codes, one for the splits that send missing values right and
// one for those that send them left. The keys of a known value are the same at
// both; those of a missing one are more and less than every word.
type packedNode = uint64

const (
	leafIndex      = 0
	missingRight   = math.MaxUint64 // of a missing value that goes right
	missingLeftKey = 0              // of one that goes left, and of leafCode
	byteIndex      = 8              // the width of a code that fits a byte
	linkBits       = 32
)

// codeWidth returns the width of codes for so many columns.
func indexWidth(columns int) uint {
	width := uint(byteIndex)
	for 2*columns >= 1<<width {
		width++
	}
	return width
}

// farthest returns the greatest distance that fits beside a code.
func maxDistance(width uint) int { return 1<<(linkBits-width) - 1 }

// fits returns ErrTooManyNodes, wrapped, if a tree of so many nodes is more than
// a word can span beside the codes of so many columns.
func checkNodeCount(nodes, columns int) error {
	if limit := maxDistance(indexWidth(columns)); nodes > limit {
		return fmt.Errorf("%w: %d, at most %d with %d columns", ErrTooManyNodes, nodes, limit, columns)
	}
	return nil
}

// codeOf returns the code of a node.split.
func keyIndex(split uint16) packedNode { return 1 + packedNode(split) }

// splitWord returns a split whose children have no place yet.
func packSplit(threshold float32, split uint16) packedNode {
	return packedNode(sortKey(threshold))<<linkBits | keyIndex(split)
}

func packLeaf(value float32) packedNode {
	return packedNode(math.Float32bits(value)) << linkBits
}

// isLeaf reports whether w is a leaf.
func isLeaf(w packedNode) bool { return uint32(w) == leafIndex }

// leafValue returns the value of a leaf.
func leafValue(w packedNode) float64 { return float64(math.Float32frombits(uint32(w >> linkBits))) }

// wordThreshold returns the threshold of a split.
func splitThreshold(w packedNode) float32 { return fromSortKey(uint32(w >> linkBits)) }

// knownKey returns the key of a known value.
func valueKey(x float32) packedNode { return packedNode(sortKey(x)) << linkBits }

// keysOf returns the keys of a value at its column's two codes.
func keysOf(x float32) (right, left packedNode) {
	if x != x {
		return missingRight, missingLeftKey
	}
	key := valueKey(x)
	return key, key
}
