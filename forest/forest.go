package forest

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// Forest is a fitted random forest. It is immutable: all methods are safe for
// concurrent use.
type Forest struct {
	trees      []tree
	columns    int
	rows       int
	units      int
	seed       uint64
	bootstrap  bool
	importance []float64
	kept       keptRows
	ranking    func() ranking // of the kept rows, made on first use
}

// Columns returns the number of features a row has.
func (f *Forest) Columns() int { return f.columns }

// Trees returns the number of trees.
func (f *Forest) Trees() int { return len(f.trees) }

// Rows returns the number of training rows.
func (f *Forest) Rows() int { return f.rows }

// Fit grows a forest on d (Breiman 2001). The forest depends on d and c only:
// neither on c.Workers nor on chance.
//
// A fault of d or c is one of ErrConfig, ErrNoRows, ErrNoColumns,
// ErrTooManyRows, ErrTooManyColumns, ErrLength, ErrInfinite, ErrTarget and ErrWeight, wrapped
// with its place. When ctx ends first, Fit soon returns its error, wrapped.
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
		trees:   make([]tree, c.Trees),
		columns: data.columns, rows: data.rows, units: data.units,
		seed: c.Seed, bootstrap: !c.NoBootstrap,
	}
	gains := make([][]float64, c.Trees)
	orders := presort(ctx, data, c.Workers)
	report := reporter(c.Progress, c.Trees)
	share(c.Trees, c.Workers, func(items iter.Seq[int]) {
		if ctx.Err() != nil {
			return
		}
		g := newGrower(data, orders, c)
		for i := range items {
			var done bool
			if f.trees[i], done = g.grow(ctx, i); !done {
				return
			}
			gains[i] = shares(g.gain)
			report()
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("forest: fit: %w", err)
	}
	f.importance = meanShares(gains, f.columns)
	f.keep(keepRows(f.trees, data))
	return f, nil
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
