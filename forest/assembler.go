package forest

import (
	"sync"
	"sync/atomic"
)

// assembler packs grown trees into blocks as soon as all trees of a block are grown: those of a large forest must not
// all wait for the last one. The memory of packed trees is used again for the next ones.
type assembler struct {
	blocks  []block
	trees   []tree
	pending []atomic.Int32 // trees, by block
	columns int
	cover   bool
	fault   atomic.Pointer[error]
	buffers sync.Pool // of *[]node
}

func newAssembler(c Config, columns int) *assembler {
	a := &assembler{
		blocks: make([]block, blockCount(c.Trees)), pending: make([]atomic.Int32, blockCount(c.Trees)),
		trees: make([]tree, c.Trees), columns: columns, cover: !c.NoCover,
	}
	a.buffers.New = func() any { return new([]node) }
	for i := range a.pending {
		a.pending[i].Store(int32(len(a.blockTrees(i))))
	}
	return a
}

// blockTrees returns the trees of block i.
func (a *assembler) blockTrees(i int) []tree {
	return a.trees[i*lanes : min(len(a.trees), (i+1)*lanes)]
}

// buffer returns memory for the nodes of a tree.
func (a *assembler) buffer() []node { return (*a.buffers.Get().(*[]node))[:0] }

// add takes tree i and returns false once a tree was too large. It may be called concurrently for several trees.
func (a *assembler) add(i int, t tree) bool {
	if err := checkNodeCount(len(t.nodes), a.columns); err != nil {
		a.fault.Store(&err)
	}
	if a.failure() != nil {
		return false
	}
	a.trees[i] = t
	if i /= lanes; a.pending[i].Add(-1) > 0 {
		return true
	}
	a.blocks[i] = packTrees(a.blockTrees(i), a.columns, a.cover)
	for _, t := range a.blockTrees(i) {
		a.buffers.Put(&t.nodes)
	}
	clear(a.blockTrees(i))
	return true
}

// failure returns the error of a tree that was too large, or nil.
func (a *assembler) failure() error {
	if err := a.fault.Load(); err != nil {
		return *err
	}
	return nil
}
