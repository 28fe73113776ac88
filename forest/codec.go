package forest

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
)

// The file format, little endian throughout. u8, u32 and u64 are unsigned,
// f32 and f64 IEEE 754, uvarint as in encoding/binary, of minimal length.
//
//	offset  size  what
//	     0     8  magic "FOREST\r\n", which a transfer in text mode breaks
//	     8     4  u32 format version, 1
//	    12     4  u32 trees, at least 1
//	    16     4  u32 columns, 1 to MaxColumns
//	    20     4  u32 training rows, 1 to MaxRows
//	    24     4  u32 units the bootstrap draws, 1 to training rows
//	    28     4  u32 kept rows, those that stand in some leaf
//	    32     8  u64 seed
//	    40     4  u32 flags: 1 bootstrap, 2 kept rows have sample weights
//	    44        f64 importance, per column
//	              u64 bit set of the kept rows, row r at bit r%64 of word r/64;
//	              absent if there are none
//	              f64 target, per kept row
//	              f64 sample weight, per kept row, if flagged
//	              12 per tree: u32 nodes, u32 draws in all leaves, u32 bytes
//	              the trees' nodes, tree by tree, each in preorder
//	   end-4      u32 CRC-32C (Castagnoli) of all before it
//
// A node begins with 6 bytes: u16 split, f32 threshold. If split is 0xffff it
// is a leaf and the threshold its value, followed by a uvarint number of draws,
// 0 only if there are no kept rows, and that many uvarint differences between
// successive training rows, the first from 0. Else split is column*2, plus 1 if missing values go left, and
// the left child follows, then the right one. A threshold of +Inf sends every
// known value left.
//
// There is one encoding of a forest only: what decodes encodes back to the
// same bytes.
const (
	magic         = "FOREST\r\n"
	version       = 1
	headerSize    = 44
	directorySize = 12
	nodeSize      = 6
	checksumSize  = 4
)

const (
	flagBootstrap = 1 << iota
	flagWeights
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendBinary appends the encoding of f to dst, implementing
// encoding.BinaryAppender. Equal forests have equal encodings, and a decoded
// forest answers every method bit for bit as f does. The error is always nil.
func (f *Forest) AppendBinary(dst []byte) ([]byte, error) {
	start := len(dst)
	dst = slices.Grow(dst, f.sizeHint())
	dst = f.appendHeader(dst)
	dst = appendFloats(dst, f.importance)
	for _, word := range f.kept.bits {
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	dst = appendFloats(dst, f.kept.target)
	dst = appendFloats(dst, f.kept.weight)
	dst = f.appendTrees(dst)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli)), nil
}

// sizeHint returns about how long the encoding will be.
func (f *Forest) sizeHint() int {
	n := headerSize + checksumSize + 8*(f.columns+len(f.kept.bits)+2*len(f.kept.target))
	for _, t := range f.trees {
		n += directorySize + (nodeSize+1)*len(t.nodes) + 2*len(t.rows)
	}
	return n
}

func (f *Forest) appendHeader(dst []byte) []byte {
	flags := uint32(0)
	if f.bootstrap {
		flags |= flagBootstrap
	}
	if f.kept.weight != nil {
		flags |= flagWeights
	}
	dst = append(dst, magic...)
	for _, v := range []int{version, len(f.trees), f.columns, f.rows, f.units, len(f.kept.target)} {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v))
	}
	dst = binary.LittleEndian.AppendUint64(dst, f.seed)
	return binary.LittleEndian.AppendUint32(dst, flags)
}

func appendFloats(dst []byte, values []float64) []byte {
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return dst
}

// appendTrees appends the directory of the trees and their nodes.
func (f *Forest) appendTrees(dst []byte) []byte {
	directory := len(dst)
	dst = append(dst, make([]byte, directorySize*len(f.trees))...)
	for i := range f.trees {
		t := &f.trees[i]
		begin := len(dst)
		dst = t.append(dst)
		for j, v := range []int{len(t.nodes), len(t.rows) - t.leaves(), len(dst) - begin} {
			binary.LittleEndian.PutUint32(dst[directory+directorySize*i+4*j:], uint32(v))
		}
	}
	return dst
}

// leaves returns the number of leaves: one more than there are splits.
func (t *tree) leaves() int { return (len(t.nodes) + 1) / 2 }

// append appends the nodes of t to dst.
func (t *tree) append(dst []byte) []byte {
	for i := range t.nodes {
		n := &t.nodes[i]
		dst = binary.LittleEndian.AppendUint16(dst, n.split)
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(n.threshold))
		if n.split != leafMark {
			continue
		}
		draws := t.leafRows(n)
		dst = binary.AppendUvarint(dst, uint64(len(draws)))
		previous := uint32(0)
		for _, row := range draws {
			dst = binary.AppendUvarint(dst, uint64(row-previous))
			previous = row
		}
	}
	return dst
}
