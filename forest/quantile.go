package forest

import (
	"iter"
	"runtime"

	"gonum.org/v1/gonum/mat"
)

// Quantiles stores the quantiles q of the target, given each row of x, in dst and returns it: a row per row of x, a
// column per element of q, in the unit of the target. They are those of the weighted distribution that LeafRows
// describes (Meinshausen 2006): the least training target up to which the weights sum to q. They never decrease in q; 0
// and 1 yield the least and the greatest target.
//
// A nil dst is allocated, an empty one resized. Large x are handled in parallel. It panics if x has not f.Columns()
// columns, if dst has another shape, if q is empty or has an element outside [0, 1], or if the forest was fitted with
// negative LeafSamples.
func (f *Forest) Quantiles(dst *mat.Dense, x mat.Matrix, q ...float64) *mat.Dense {
	rows, columns := x.Dims()
	if columns != f.columns {
		panic(panicFeatures)
	}
	f.mustHaveLeafSamples()
	levels := sortLevels(nil, q)
	dst = reuseDense(dst, rows, len(q))
	f.eachRow(x, func(d *distribution, i int, row []float64) {
		f.fillDistribution(d, row)
		d.quantiles(dst.RawRowView(i), levels)
	})
	return dst
}

// QuantilesRow stores the quantiles q of the target, given row, in dst and returns it, as Quantiles does for many rows.
// Once warm it does not allocate, unless dst is nil. It panics as Quantiles does, and if dst is neither nil nor as long
// as q.
func (f *Forest) QuantilesRow(dst, row []float64, q ...float64) []float64 {
	f.mustHaveLeafSamples()
	dst = reuseSlice(dst, len(q))
	d := f.distributions.Get().(*distribution)
	defer f.distributions.Put(d)
	d.levels = sortLevels(d.levels, q)
	f.fillDistribution(d, row)
	d.quantiles(dst, d.levels)
	return dst
}

// quantileRows is the most rows a worker takes at a time.
const quantileRows = 256

// eachRow calls visit for every row of x, with a distribution to use, in parallel if there are many.
func (f *Forest) eachRow(x mat.Matrix, visit func(d *distribution, i int, row []float64)) {
	rows, columns := x.Dims()
	workers := runtime.GOMAXPROCS(0)
	size := max(1, min(quantileRows, (rows+workers-1)/workers))
	parallelFor((rows+size-1)/size, workers, func(items iter.Seq[int]) {
		d := f.distributions.Get().(*distribution)
		defer f.distributions.Put(d)
		row := make([]float64, columns)
		for item := range items {
			for i := item * size; i < min(rows, (item+1)*size); i++ {
				visit(d, i, mat.Row(row, i, x))
			}
		}
	})
}

// fillDistribution replaces d by the conditional distribution at row.
func (f *Forest) fillDistribution(d *distribution, row []float64) {
	d.reset()
	f.fillKeys(&d.keys, row)
	share := 1 / float64(f.trees)
	for i := range f.blocks {
		b := &f.blocks[i]
		leaves := b.leaves(row, &d.keys)
		for _, at := range leaves[:b.trees] {
			d.add(b.leafDraws(at), share)
		}
	}
}

// mustHaveLeafSamples panics if no leaf keeps any row.
func (f *Forest) mustHaveLeafSamples() {
	if len(f.samples.row) == 0 {
		panic(panicNoLeafRows)
	}
}
