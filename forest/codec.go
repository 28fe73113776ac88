package forest

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
)

// The file format, little endian throughout. u16, u32 and u64 are unsigned,
// f32 and f64 IEEE 754, uvarint as in encoding/binary, of minimal length.
//
//	offset  size  what
//	     0     8  magic "FOREST\r\n", which a transfer in text mode breaks
//	     8     4  u32 format version, 2
//	    12     4  u32 trees, at least 1
//	    16     4  u32 columns, 1 to MaxColumns
//	    20     4  u32 training rows, 1 to MaxRows
//	    24     4  u32 units the bootstrap draws, 1 to training rows
//	    28     4  u32 kept rows, those that stand in some leaf
//	    32     8  u64 seed
//	    40     4  u32 flags: 1 bootstrap, 2 kept rows have sample weights,
//	              4 splits have shares
//	    44        f64 importance, per column
//	              f64 target, per kept row, ascending
//	              u32 number in the training data, per kept row, ascending where
//	              targets are equal
//	              f64 sample weight, per kept row, if flagged
//	              12 per tree: u32 nodes, u32 draws in all leaves, u32 bytes
//	              the trees' nodes, tree by tree, each in the order below
//	   end-4      u32 CRC-32C (Castagnoli) of all before it
//
// A node begins with 6 bytes: u16 split, f32 threshold. If split is 0xffff it
// is a leaf and the threshold its value, followed by a uvarint number of draws,
// 0 only if there are no kept rows, and that many uvarint differences between
// the successive positions of these among the kept rows, the first from 0. Else
// split is column*2, plus 1 if missing values go left; if flagged, an f32 in
// [0, 1] follows, the share of the training weight that went left; then the left
// child and the right one. A threshold of +Inf sends every known value left.
//
// There is one encoding of a forest only: what decodes encodes back to the
// same bytes.
const (
	magic         = "FOREST\r\n"
	version       = 2
	headerSize    = 44
	directorySize = 12
	nodeSize      = 6
	shareSize     = 4
	checksumSize  = 4
)

const (
	flagBootstrap = 1 << iota
	flagWeights
	flagShares
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
	dst = appendFloats(dst, f.samples.target)
	for _, row := range f.samples.row {
		dst = binary.LittleEndian.AppendUint32(dst, row)
	}
	dst = appendFloats(dst, f.samples.weight)
	dst = f.appendTrees(dst)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli)), nil
}

// sizeHint returns about how long the encoding will be.
func (f *Forest) sizeHint() int {
	n := headerSize + checksumSize + 8*f.columns + 20*len(f.samples.row) + directorySize*f.trees
	for i := range f.blocks {
		b := &f.blocks[i]
		n += (nodeSize+1)*len(b.nodes) + shareSize*len(b.leftShare) + len(b.draws)
	}
	return n
}

func (f *Forest) appendHeader(dst []byte) []byte {
	flags := uint32(0)
	if f.bootstrap {
		flags |= flagBootstrap
	}
	if f.samples.weight != nil {
		flags |= flagWeights
	}
	if f.hasCover() {
		flags |= flagShares
	}
	dst = append(dst, magic...)
	for _, v := range []int{version, f.trees, f.columns, f.rows, f.units, len(f.samples.row)} {
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
	dst = append(dst, make([]byte, directorySize*f.trees)...)
	for i := range f.trees {
		e := directoryEntry{bytes: -int64(len(dst))}
		dst = e.appendTree(dst, f, i)
		e.bytes += int64(len(dst))
		for j, v := range []int64{e.nodes, e.draws, e.bytes} {
			binary.LittleEndian.PutUint32(dst[directory+directorySize*i+4*j:], uint32(v))
		}
	}
	return dst
}

// appendTree appends the nodes of tree i to dst and counts them.
func (e *directoryEntry) appendTree(dst []byte, f *Forest, i int) []byte {
	b, root := f.locate(i)
	b.eachNode(root, func(at uint64) {
		e.nodes++
		w := b.nodes[at]
		if isLeaf(w) {
			dst = binary.LittleEndian.AppendUint16(dst, leafMark)
			dst = binary.LittleEndian.AppendUint32(dst, uint32(w>>linkBits))
			draws := b.leafDraws(at)
			e.draws += int64(len(draws))
			dst = appendDraws(dst, draws)
			return
		}
		dst = binary.LittleEndian.AppendUint16(dst, splitCode(b.splitAt(at)))
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(splitThreshold(w)))
		if b.leftShare != nil {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(b.leftShare[b.children(at)/2]))
		}
	})
	return dst
}

func appendDraws(dst []byte, draws []uint32) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(draws)))
	previous := uint32(0)
	for _, p := range draws {
		dst = binary.AppendUvarint(dst, uint64(p-previous))
		previous = p
	}
	return dst
}
