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
	groves     []grove
	trees      int
	columns    int
	rows       int
	units      int
	seed       uint64
	bootstrap  bool
	importance []float64
	kept       keptRows
	idle       sync.Pool // of distributions
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
		data.position = rankRows(data)
	}
	n := newNursery(c, data.columns)
	report := reporter(c.Progress, c.Trees)
	share(c.Trees, c.Workers, func(items iter.Seq[int]) {
		if ctx.Err() != nil {
			return
		}
		g := newGrower(data, orders, c)
		for i := range items {
			t, done := g.grow(ctx, i, n.blank())
			if !done {
				return
			}
			if !n.add(i, t) {
				return
			}
			gains[i] = shares(g.gain)
			report()
		}
	})
	if err := cmp.Or(ctx.Err(), n.failure()); err != nil {
		return err
	}
	f.importance = meanShares(gains, f.columns)
	f.settle(n.groves)
	if c.LeafSamples >= 0 {
		f.kept = keepRows(f.groves, data, data.position)
	}
	return nil
}

// settle makes the groves those of f.
func (f *Forest) settle(groves []grove) {
	f.groves = groves
	f.idle.New = func() any { return newDistribution(&f.kept) }
}

// grove returns the grove of tree i and where it stands there.
func (f *Forest) grove(i int) (g *grove, root uint64) {
	g = &f.groves[i/lanes]
	return g, g.roots[i%lanes]
}

// covered reports whether the splits have shares.
func (f *Forest) covered() bool { return f.groves[0].share != nil }

// nursery holds grown trees until their grove is complete and can be planted:
// those of a large forest must not all wait for the last. What planted trees leave
// behind serves the next ones.
type nursery struct {
	groves  []grove
	trees   []tree
	missing []atomic.Int32 // trees, by grove
	columns int
	covers  bool
	fault   atomic.Pointer[error]
	blanks  sync.Pool // of *[]node
}

func newNursery(c Config, columns int) *nursery {
	n := &nursery{
		groves: make([]grove, groveCount(c.Trees)), missing: make([]atomic.Int32, groveCount(c.Trees)),
		trees: make([]tree, c.Trees), columns: columns, covers: !c.NoCover,
	}
	n.blanks.New = func() any { return new([]node) }
	for i := range n.missing {
		n.missing[i].Store(int32(len(n.group(i))))
	}
	return n
}

// groveCount returns in how many groves so many trees stand.
func groveCount(trees int) int { return (trees + lanes - 1) / lanes }

// group returns the trees of grove i.
func (n *nursery) group(i int) []tree {
	return n.trees[i*lanes : min(len(n.trees), (i+1)*lanes)]
}

// blank returns memory for the nodes of a tree.
func (n *nursery) blank() []node { return (*n.blanks.Get().(*[]node))[:0] }

// add takes tree i, and returns false once one was too large. It may be called
// for several trees at a time.
func (n *nursery) add(i int, t tree) bool {
	if err := fits(len(t.nodes), n.columns); err != nil {
		n.fault.Store(&err)
	}
	if n.failure() != nil {
		return false
	}
	n.trees[i] = t
	if i /= lanes; n.missing[i].Add(-1) > 0 {
		return true
	}
	n.groves[i] = plant(n.group(i), n.columns, n.covers)
	for _, t := range n.group(i) {
		n.blanks.Put(&t.nodes)
	}
	clear(n.group(i))
	return true
}

// failure returns what was wrong with a tree.
func (n *nursery) failure() error {
	if err := n.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// reporter returns a function that counts finished trees and tells progress,
// one call at a time.
func reporter(progress func(done, total int), total int) func() {
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
