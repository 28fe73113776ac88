package forest

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
)

// AppendBinary appends the encoding of f to dst and returns it, implementing encoding.BinaryAppender. Equal forests
// have equal encodings, and a decoded forest answers every method bit for bit as f does. The error is always nil.
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

// sizeHint returns about how long the encoding will be, in bytes.
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
		n := b.nodes[at]
		if isLeaf(n) {
			dst = binary.LittleEndian.AppendUint16(dst, leafMark)
			dst = binary.LittleEndian.AppendUint32(dst, uint32(n>>linkBits))
			draws := b.leafDraws(at)
			e.draws += int64(len(draws))
			dst = appendDraws(dst, draws)
			return
		}
		dst = binary.LittleEndian.AppendUint16(dst, splitCode(b.splitAt(at)))
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(splitThreshold(n)))
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
