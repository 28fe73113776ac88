package forest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync"
)

// Fit grows a forest on d (Breiman 2001) and returns it. The forest depends on d and c only: not on c.Workers, not on
// timing.
//
// Fit returns an error that wraps one of ErrConfig, ErrNoRows, ErrNoColumns, ErrTooManyRows, ErrTooManyColumns,
// ErrLength, ErrInfinite, ErrTarget and ErrWeight and names the place if d or c is invalid, ErrTooManyNodes if a tree
// has grown too large, and the error of ctx, wrapped, soon after ctx has ended.
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

// grow grows and packs the trees.
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

// progressReporter returns a function that counts finished trees and reports them to progress, one call at a time.
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
