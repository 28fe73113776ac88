package forest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
)

// Forest is a fitted random forest. It is immutable: all methods are safe for
// concurrent use.
type Forest struct {
	blocks        []block
	trees         int
	columns       int
	rows          int
	units         int
	seed          uint64
	bootstrap     bool
	importance    []float64
	samples       leafSamples
	distributions sync.Pool // of distributions
}

// Columns returns the number of features a row has.
func (f *Forest) Columns() int { return f.columns }

// Trees returns the number of trees.
func (f *Forest) Trees() int { return f.trees }

// Rows returns the number of training rows.
func (f *Forest) Rows() int { return f.rows }

// Fit grows a forest on d (Breiman 2001). The forest depends on d and c only:
// neither on c.Workers nor on chance.
//
// A fault of d or c is one of ErrConfig, ErrNoRows, ErrNoColumns,
// ErrTooManyRows, ErrTooManyColumns, ErrLength, ErrInfinite, ErrTarget and
// ErrWeight, wrapped with its place; ErrTooManyNodes shows once a tree has grown.
// When ctx ends first, Fit soon returns its error, wrapped.
func Fit(ctx context.Context, d Data, c Config) (*Forest, error) {
	data, err := newDataset(d)
	if err != nil {
		return nil, err
	}
	c, err = c.withDefaults(data.columns)
	if err != nil {
		return nil, err
	}
	f := &Forest{
		trees: c.Trees, columns: data.columns, rows: data.rows, units: data.units,
		seed: c.Seed, bootstrap: !c.NoBootstrap,
	}
	if err := f.grow(ctx, data, c); err != nil {
		return nil, fmt.Errorf("forest: fit: %w", err)
	}
	return f, nil
}

// grow grows and plants the trees.
func (f *Forest) grow(ctx context.Context, data *dataset, c Config) error {
	gains := make([][]float64, c.Trees)
	orders := presort(ctx, data, c.Workers)
	if c.LeafSamples >= 0 {
		data.rank = targetRanks(data)
	}
	a := newAssembler(c, data.columns)
	report := progressReporter(c.Progress, c.Trees)
	parallelFor(c.Trees, c.Workers, func(items iter.Seq[int]) {
		if ctx.Err() != nil {
			return
		}
		g := newGrower(data, orders, c)
		for i := range items {
			t, done := g.grow(ctx, i, a.buffer())
			if !done {
				return
			}
			if !a.add(i, t) {
				return
			}
			gains[i] = normalized(g.gain)
			report()
		}
	})
	if err := cmp.Or(ctx.Err(), a.failure()); err != nil {
		return err
	}
	f.importance = meanNormalized(gains, f.columns)
	f.setBlocks(a.blocks)
	if c.LeafSamples >= 0 {
		f.samples = collectLeafSamples(f.blocks, data, data.rank)
	}
	return nil
}

// settle makes the groves those of f.
func (f *Forest) setBlocks(blocks []block) {
	f.blocks = blocks
	f.distributions.New = func() any { return newDistribution(&f.samples) }
}

// grove returns the grove of tree i and where it stands there.
func (f *Forest) locate(i int) (b *block, root uint64) {
	b = &f.blocks[i/lanes]
	return b, b.roots[i%lanes]
}

// covered reports whether the splits have shares.
func (f *Forest) hasCover() bool { return f.blocks[0].leftShare != nil }

// nursery holds grown trees until their grove is complete and can be planted:
// those of a large forest must not all wait for the last. What planted trees leave
// behind serves the next ones.
type assembler struct {
	blocks  []block
	trees   []tree
	pending []atomic.Int32 // trees, by grove
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

// groveCount returns in how many groves so many trees stand.
func blockCount(trees int) int { return (trees + lanes - 1) / lanes }

// group returns the trees of grove i.
func (a *assembler) blockTrees(i int) []tree {
	return a.trees[i*lanes : min(len(a.trees), (i+1)*lanes)]
}

// blank returns memory for the nodes of a tree.
func (a *assembler) buffer() []node { return (*a.buffers.Get().(*[]node))[:0] }

// add takes tree i, and returns false once one was too large. It may be called
// for several trees at a time.
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

// failure returns what was wrong with a tree.
func (a *assembler) failure() error {
	if err := a.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// reporter returns a function that counts finished trees and tells progress,
// one call at a time.
func progressReporter(progress func(done, total int), total int) func() {
	if progress == nil {
		return func() {}
	}
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		progress(done, total)
	}
}
