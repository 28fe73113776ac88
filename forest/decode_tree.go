package forest

import (
	"encoding/binary"
	"math"
)

// treeReader packs trees as it reads them.
type treeReader struct {
	*packer
	body       []byte
	columns    int
	samples    int
	unclaimed  int64 // nodes that the directory promises and that are no split's child yet
	failed     bool
	leftShares []float32 // of splits whose children are not added yet, by position
}

// readBlock returns the trees that the bodies encode, or false if one of them is malformed or does not match the
// directory.
func readBlock(f *Forest, directory []byte, bodies [][]byte, cover bool) (block, bool) {
	nodes, draws := int64(0), int64(0)
	for i := range bodies {
		e := entryAt(directory, i)
		nodes, draws = nodes+e.nodes, draws+e.drawsLength()
	}
	if len(f.samples.row) == 0 {
		draws = 0
	}
	r := treeReader{
		packer:  newPacker(f.columns, len(bodies), int(nodes), int(draws), cover),
		columns: f.columns, samples: len(f.samples.row),
	}
	if cover {
		r.leftShares = make([]float32, cap(r.nodes))
	}
	for i, body := range bodies {
		if !r.tree(body, entryAt(directory, i)) {
			return block{}, false
		}
	}
	return r.finish(), true
}

// tree reads one tree.
func (r *treeReader) tree(body []byte, e directoryEntry) bool {
	if checkNodeCount(int(e.nodes), r.columns) != nil {
		return false
	}
	before := len(r.draws)
	r.body, r.unclaimed = body, e.nodes-1
	r.traverse(r.addRoot(), r.visit, r.expand)
	wanted := e.drawsLength()
	if r.drawsAt == nil {
		wanted = e.draws // 0
	}
	return !r.failed && r.unclaimed == 0 && len(r.body) == 0 && int64(len(r.draws)-before) == wanted
}

// visit reads the next node. After a fault every node is a leaf, so that the traversal soon ends.
func (r *treeReader) visit(pos position) {
	if r.failed = r.failed || len(r.body) < nodeSize || !r.node(pos.at); r.failed {
		r.nodes[pos.at] = packLeaf(0)
	}
}

// node reads the next node, whose first nodeSize bytes are there.
func (r *treeReader) node(at uint64) bool {
	split := binary.LittleEndian.Uint16(r.body)
	threshold := math.Float32frombits(binary.LittleEndian.Uint32(r.body[2:]))
	r.body = r.body[nodeSize:]
	if split != leafMark {
		r.setSplit(at, threshold, split)
		r.unclaimed -= 2
		return r.unclaimed >= 0 && int(split>>1) < r.columns && threshold >= -math.MaxFloat32 && r.readShare(at)
	}
	r.setLeaf(at, threshold, len(r.draws))
	return math.Abs(float64(threshold)) <= math.MaxFloat32 && r.readDraws()
}

// readShare reads the left share of the split at the given position.
func (r *treeReader) readShare(at uint64) bool {
	if r.leftShares == nil {
		return true
	}
	if len(r.body) < shareSize {
		return false
	}
	share := math.Float32frombits(binary.LittleEndian.Uint32(r.body))
	r.body = r.body[shareSize:]
	r.leftShares[at] = share
	return share >= 0 && share <= 1
}

// expand adds the children of a split.
func (r *treeReader) expand(pos position) (left, right uint64) {
	children := r.packer.addChildren(pos.at)
	if r.leftShares != nil {
		r.leftShare[children/2] = r.leftShares[pos.at]
	}
	return 0, 0 // nodes are read in this order and need no number
}

// readDraws appends the number of a leaf's draws and then these, which must ascend and be less than r.samples.
func (r *treeReader) readDraws() bool {
	count, body := readUvarint(r.body)
	if body == nil || (count == 0) != (r.samples == 0) || int(count) > cap(r.draws)-len(r.draws) {
		return false
	}
	if count == 0 {
		r.body = body
		return true
	}
	r.draws = append(r.draws, count)
	p := uint32(0)
	for range count {
		var step uint32
		if len(body) > 0 && body[0] < 0x80 {
			step, body = uint32(body[0]), body[1:]
		} else {
			step, body = readUvarint(body)
		}
		if p += step; body == nil || p < step || p >= uint32(r.samples) {
			return false
		}
		r.draws = append(r.draws, p)
	}
	r.body = body
	return true
}

// readUvarint returns the uvarint at the front of b, of minimal length and within 32 bits, and the rest of b, which is
// nil if there is no such uvarint. Most have one or two bytes.
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
