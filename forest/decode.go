package forest

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"math"
	"math/bits"
	"runtime"
	"sync/atomic"
)

// Decode returns the forest that AppendBinary encoded as data, all of data. It
// keeps no reference to data. Whatever data hold, it does not panic and does
// not allocate more than a small multiple of len(data).
//
// Its errors are ErrNotForest, ErrVersion, ErrChecksum and ErrCorrupt, possibly
// wrapped.
func Decode(data []byte) (*Forest, error) {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return nil, ErrNotForest
	}
	if len(data) < headerSize+checksumSize {
		return nil, ErrChecksum
	}
	if v := binary.LittleEndian.Uint32(data[len(magic):]); v != version {
		return nil, fmt.Errorf("%w: %d", ErrVersion, v)
	}
	body, sum := data[:len(data)-checksumSize], data[len(data)-checksumSize:]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(sum) {
		return nil, ErrChecksum
	}
	d := decoder{rest: body[len(magic)+4:]}
	f := d.forest()
	if d.fault != "" {
		return nil, fmt.Errorf("%w: %s", ErrCorrupt, d.fault)
	}
	return f, nil
}

// decoder reads a forest from the front of rest. After a first fault it reads
// zeros and empty slices, so that callers need look at fault only before they
// trust a value.
type decoder struct {
	rest  []byte
	fault string
}

func (d *decoder) fail(fault string) {
	if d.fault == "" {
		d.fault = fault
		d.rest = nil
	}
}

// take returns the next n items of so many bytes each, or nil if there are
// not as many.
func (d *decoder) take(size, n int) []byte {
	if n > len(d.rest)/size {
		d.fail("cut short")
		return nil
	}
	taken := d.rest[:size*n]
	d.rest = d.rest[size*n:]
	return taken
}

// count returns the next u32, which must be in [low, high].
func (d *decoder) count(name string, low, high int) int {
	b := d.take(4, 1)
	if b == nil {
		return 0
	}
	v := int64(binary.LittleEndian.Uint32(b))
	if v < int64(low) || v > int64(high) {
		d.fail(name + " out of range")
		return 0
	}
	return int(v)
}

func (d *decoder) forest() *Forest {
	f := &Forest{}
	trees := d.count("number of trees", 1, len(d.rest)/directorySize)
	f.columns = d.count("number of columns", 1, MaxColumns)
	f.rows = d.count("number of rows", 1, MaxRows)
	f.units = d.count("number of units", 1, f.rows)
	kept := d.count("number of kept rows", 0, f.rows)
	if b := d.take(8, 1); b != nil {
		f.seed = binary.LittleEndian.Uint64(b)
	}
	flags := d.count("flags", 0, flagBootstrap|flagWeights)
	f.bootstrap = flags&flagBootstrap != 0
	f.importance = d.floats("importance", f.columns, 0)
	f.keep(d.keptRows(f.rows, kept, flags&flagWeights != 0))
	f.trees = d.trees(trees, f)
	return f
}

// floats returns the next n float64, finite and at least low.
func (d *decoder) floats(name string, n int, low float64) []float64 {
	b := d.take(8, n)
	if len(b) == 0 {
		return nil
	}
	values := make([]float64, n)
	for i := range values {
		v := math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		if !(v >= low && v <= math.MaxFloat64) {
			d.fail(name + " out of range")
			return nil
		}
		values[i] = v
	}
	return values
}

// keptRows returns the kept rows, count of so many rows.
func (d *decoder) keptRows(rows, count int, weighted bool) keptRows {
	if count == 0 {
		if weighted {
			d.fail("weights of no rows")
		}
		return keptRows{}
	}
	b := d.take(8, words(rows))
	if b == nil {
		return keptRows{}
	}
	set := make([]uint64, words(rows))
	for i := range set {
		set[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	k, marked := newKeptRows(set)
	if marked != count || bits.Len64(set[len(set)-1]) > rows-64*(len(set)-1) {
		d.fail("set of kept rows does not match their number")
		return keptRows{}
	}
	k.target = d.floats("target", count, -math.MaxFloat64)
	if weighted {
		k.weight = d.floats("weight", count, math.SmallestNonzeroFloat64)
	}
	return k
}

// trees returns the next n trees. All their nodes share one allocation, as do
// all their rows: both are sized by the directory, which is first held against
// the bytes that follow it.
func (d *decoder) trees(n int, f *Forest) []tree {
	directory := d.take(directorySize, n)
	if directory == nil {
		return nil
	}
	nodes, rows := d.totals(directory)
	if d.fault != "" {
		return nil
	}
	allNodes, allRows := make([]node, nodes), make([]uint32, rows)
	trees, bodies := make([]tree, n), make([][]byte, n)
	for i := range trees {
		e := entryAt(directory, i)
		trees[i].nodes, allNodes = allNodes[:e.nodes:e.nodes], allNodes[e.nodes:]
		trees[i].rows, allRows = allRows[:e.rows():e.rows()], allRows[e.rows():]
		bodies[i] = d.take(1, int(e.bytes))
	}
	if d.fault == "" && !decodeTrees(trees, bodies, f) {
		d.fail("malformed tree")
	}
	return trees
}

// directoryEntry says what a tree's encoding holds.
type directoryEntry struct{ nodes, draws, bytes int64 }

func entryAt(directory []byte, i int) directoryEntry {
	b := directory[directorySize*i:]
	return directoryEntry{
		nodes: int64(binary.LittleEndian.Uint32(b)),
		draws: int64(binary.LittleEndian.Uint32(b[4:])),
		bytes: int64(binary.LittleEndian.Uint32(b[8:])),
	}
}

// rows returns the length of the tree's rows.
func (e directoryEntry) rows() int64 { return e.draws + (e.nodes+1)/2 }

// plausible reports whether a tree of so many nodes exists and fits.
func (e directoryEntry) plausible() bool {
	return e.nodes%2 == 1 && nodeSize*e.nodes+e.rows() <= e.bytes
}

// totals returns the lengths of all trees' nodes and rows.
func (d *decoder) totals(directory []byte) (nodes, rows int64) {
	bytes := int64(0)
	for i := range len(directory) / directorySize {
		e := entryAt(directory, i)
		if !e.plausible() {
			d.fail("malformed directory")
			return 0, 0
		}
		nodes, rows, bytes = nodes+e.nodes, rows+e.rows(), bytes+e.bytes
	}
	if bytes != int64(len(d.rest)) {
		d.fail("directory does not match the trees")
	}
	return nodes, rows
}

// manyBytes is from what size of trees on decoding on several cores pays.
const manyBytes = 1 << 20

// decodeTrees fills trees, whose slices have their lengths, from bodies.
func decodeTrees(trees []tree, bodies [][]byte, f *Forest) bool {
	size := 0
	for _, body := range bodies {
		size += len(body)
	}
	workers := 1
	if size >= manyBytes {
		workers = runtime.GOMAXPROCS(0)
	}
	var failed atomic.Bool
	share(len(trees), workers, func(items iter.Seq[int]) {
		var open []uint32
		for i := range items {
			var ok bool
			if open, ok = trees[i].decode(bodies[i], f, open[:0]); !ok {
				failed.Store(true)
				return
			}
		}
	})
	return !failed.Load()
}

// decode fills t from body. open is scratch, returned for reuse: the splits
// whose left subtree is being read, the innermost last. The node after a leaf
// is the right child of the innermost one; after the last leaf there is none.
func (t *tree) decode(body []byte, f *Forest, open []uint32) (scratch []uint32, ok bool) {
	filled := 0
	for i := range t.nodes {
		if len(body) < nodeSize {
			return open, false
		}
		n := &t.nodes[i]
		n.split = binary.LittleEndian.Uint16(body)
		n.threshold = math.Float32frombits(binary.LittleEndian.Uint32(body[2:]))
		body = body[nodeSize:]
		if n.split != leafMark {
			if int(n.split>>1) >= f.columns || !(n.threshold >= -math.MaxFloat32) {
				return open, false
			}
			open = append(open, uint32(i))
			continue
		}
		if !(math.Abs(float64(n.threshold)) <= math.MaxFloat32) {
			return open, false
		}
		n.next = uint32(filled)
		var count int
		if count, body = readLeaf(t.rows[filled:], body, &f.kept); count < 0 {
			return open, false
		}
		filled += 1 + count
		if (len(open) == 0) != (i == len(t.nodes)-1) {
			return open, false
		}
		if last := len(open) - 1; last >= 0 {
			t.nodes[open[last]].next = uint32(i + 1)
			open = open[:last]
		}
	}
	return open, len(open) == 0 && len(body) == 0 && filled == len(t.rows)
}

// readLeaf reads the draws of a leaf from body into rows, their number first.
// It returns their number, -1 if they are malformed, and the rest of body.
func readLeaf(rows []uint32, body []byte, kept *keptRows) (int, []byte) {
	count, body := readUvarint(body)
	if body == nil || len(rows) == 0 || count >= uint32(len(rows)) || (count == 0) != (kept.bits == nil) {
		return -1, nil
	}
	rows[0] = count
	row := uint32(0)
	for i := range rows[1 : 1+count] {
		var step uint32
		step, body = readUvarint(body)
		if row += step; body == nil || row < step || !kept.has(row) {
			return -1, nil
		}
		rows[1+i] = row
	}
	return int(count), body
}

// readUvarint reads a uvarint of minimal length that fits 32 bits. The rest is
// nil if there is none. Most have a byte or two.
func readUvarint(b []byte) (v uint32, rest []byte) {
	if len(b) > 1 {
		if b[0] < 0x80 {
			return uint32(b[0]), b[1:]
		}
		if b[1]-1 < 0x7f {
			return uint32(b[0]&0x7f) | uint32(b[1])<<7, b[2:]
		}
	}
	return readLongUvarint(b)
}

func readLongUvarint(b []byte) (v uint32, rest []byte) {
	wide, n := binary.Uvarint(b)
	if n <= 0 || wide > math.MaxUint32 || n > 1 && b[n-1] == 0 {
		return 0, nil
	}
	return uint32(wide), b[n:]
}
