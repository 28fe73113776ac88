package forest

import (
	"encoding/binary"
	"hash/crc32"
)

// The format of an encoded forest, little endian throughout. u16, u32 and u64 are unsigned, f32 and f64 IEEE 754,
// uvarint as in encoding/binary, of minimal length.
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
// A node begins with 6 bytes: u16 split, f32 threshold. If split is 0xffff it is a leaf and the threshold its value,
// followed by a uvarint number of draws, 0 only if there are no kept rows, and that many uvarint differences between
// the successive ranks of these among the kept rows, the first from 0. Else split is column*2, plus 1 if missing values
// go left; if flagged, an f32 in [0, 1] follows, the share of the training weight that went left; then the left child
// and the right one. A threshold of +Inf sends every known value left.
//
// A forest has exactly one encoding: what is decoded is encoded to the same bytes again.
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

// directoryEntry holds the sizes of a tree's encoding.
type directoryEntry struct{ nodes, draws, bytes int64 }

// entryAt returns the directory entry of tree i.
func entryAt(directory []byte, i int) directoryEntry {
	b := directory[directorySize*i:]
	return directoryEntry{
		nodes: int64(binary.LittleEndian.Uint32(b)),
		draws: int64(binary.LittleEndian.Uint32(b[4:])),
		bytes: int64(binary.LittleEndian.Uint32(b[8:])),
	}
}

// drawsLength returns the length of tree.draws.
func (e directoryEntry) drawsLength() int64 { return e.draws + (e.nodes+1)/2 }

// plausible reports whether a tree of so many nodes exists and fits.
func (e directoryEntry) plausible() bool {
	return e.nodes%2 == 1 && nodeSize*e.nodes+e.drawsLength() <= e.bytes
}
