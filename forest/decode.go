package forest

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
)

// Decode returns the forest that AppendBinary encoded as data, all of data. It keeps no reference to data. Whatever
// data hold, it does not panic and does not allocate more than a small multiple of len(data).
//
// It returns ErrNotForest, ErrVersion, ErrChecksum or ErrCorrupt, possibly wrapped, if data are not an encoded forest.
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

// decoder reads a forest from the front of rest. After a first fault it returns zeros and empty slices, so that callers
// need to check fault only before they trust a value.
type decoder struct {
	rest  []byte
	fault string
}

// fail records a first fault.
func (d *decoder) fail(fault string) {
	if d.fault == "" {
		d.fault = fault
		d.rest = nil
	}
}

// take returns the next n items of so many bytes each, or nil if there are fewer.
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

// forest returns the forest, or one that means nothing if d.fault is set.
func (d *decoder) forest() *Forest {
	f := &Forest{}
	f.trees = d.count("number of trees", 1, len(d.rest)/directorySize)
	f.columns = d.count("number of columns", 1, MaxColumns)
	f.rows = d.count("number of rows", 1, MaxRows)
	f.units = d.count("number of units", 1, f.rows)
	samples := d.count("number of kept rows", 0, f.rows)
	if b := d.take(8, 1); b != nil {
		f.seed = binary.LittleEndian.Uint64(b)
	}
	flags := d.count("flags", 0, flagBootstrap|flagWeights|flagShares)
	f.bootstrap = flags&flagBootstrap != 0
	f.importance = d.floats("importance", f.columns, 0)
	f.samples = d.leafSamples(f.rows, samples, flags&flagWeights != 0)
	f.setBlocks(d.blocks(f, flags&flagShares != 0))
	return f
}

// floats returns the next n float64, which must be finite and at least low.
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

// leafSamples returns the kept rows: count of the given number of training rows.
func (d *decoder) leafSamples(rows, count int, weighted bool) leafSamples {
	if count == 0 {
		if weighted {
			d.fail("weights of no rows")
		}
		return leafSamples{}
	}
	l := leafSamples{target: d.floats("target", count, -math.MaxFloat64), row: d.numbers(count)}
	if weighted {
		l.weight = d.floats("weight", count, math.SmallestNonzeroFloat64)
	}
	if d.fault == "" && !l.inOrder(rows) {
		d.fail("kept rows are not in order")
	}
	return l
}

// numbers returns the next n u32.
func (d *decoder) numbers(n int) []uint32 {
	b := d.take(4, n)
	if b == nil {
		return nil
	}
	values := make([]uint32, n)
	for i := range values {
		values[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return values
}

// inOrder reports whether the rows are in the order of targets and then of rows, and each of the given number of
// training rows occurs at most once.
func (l *leafSamples) inOrder(rows int) bool {
	for p, row := range l.row {
		if int(row) >= rows {
			return false
		}
		if p > 0 && (l.target[p-1] > l.target[p] || l.target[p-1] == l.target[p] && l.row[p-1] > row) {
			return false
		}
	}
	return distinct(l.row, rows)
}

// distinct reports whether the values, each less than limit, are distinct. The memory it takes is bounded by their
// number, since a limit is easily forged.
func distinct(values []uint32, limit int) bool {
	if limit > 64*len(values) {
		return len(slices.Compact(slices.Sorted(slices.Values(values)))) == len(values)
	}
	seen := make([]uint64, limit/64+1)
	for _, v := range values {
		if seen[v/64]>>(v%64)&1 == 1 {
			return false
		}
		seen[v/64] |= 1 << (v % 64)
	}
	return true
}

// blocks returns the trees of f, packed. The memory they take is bounded by the directory, which is first checked
// against the bytes that follow it.
func (d *decoder) blocks(f *Forest, cover bool) []block {
	directory := d.take(directorySize, f.trees)
	if directory == nil {
		return nil
	}
	d.checkDirectory(directory)
	bodies := make([][]byte, f.trees)
	for i := range bodies {
		bodies[i] = d.take(1, int(entryAt(directory, i).bytes))
	}
	if d.fault != "" {
		return nil
	}
	blocks := make([]block, blockCount(f.trees))
	var failed atomic.Bool
	parallelFor(len(blocks), decodeWorkers(bodies), func(items iter.Seq[int]) {
		for i := range items {
			first, last := i*lanes, min((i+1)*lanes, f.trees)
			var ok bool
			blocks[i], ok = readBlock(f, directory[directorySize*first:directorySize*last], bodies[first:last], cover)
			if !ok {
				failed.Store(true)
				return
			}
		}
	})
	if failed.Load() {
		d.fail("malformed tree")
	}
	return blocks
}

// checkDirectory checks the directory against the bytes that follow it.
func (d *decoder) checkDirectory(directory []byte) {
	bytes := int64(0)
	for i := range len(directory) / directorySize {
		e := entryAt(directory, i)
		if !e.plausible() {
			d.fail("malformed directory")
			return
		}
		bytes += e.bytes
	}
	if bytes != int64(len(d.rest)) {
		d.fail("directory does not match the trees")
	}
}

// parallelBytes is the size of trees from which decoding on several cores pays off.
const parallelBytes = 1 << 20

// decodeWorkers returns the number of workers that decode trees of the given encodings.
func decodeWorkers(bodies [][]byte) int {
	size := 0
	for _, body := range bodies {
		size += len(body)
	}
	if size < parallelBytes {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}
