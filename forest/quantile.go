package forest

import (
	"cmp"
	"iter"
	"math/bits"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// slack absorbs the rounding of sums of weights, so that a quantile at an
// exact boundary, as the median of two, does not depend on it.
const slack = 1e-12

// Quantiles stores the quantiles q of the target, given each row of x, in dst
// and returns it: a row per row of x, a column per element of q. They are
// those of the weighted distribution that LeafRows describes (Meinshausen
// 2006): the least training target up to which the weights reach q. They never
// decrease in q; 0 and 1 are the least and the greatest target.
//
// A nil or empty dst is allocated or sized. It panics if x has not f.Columns()
// columns, if dst has another shape, if an element of q is outside [0, 1], if q
// is empty, or if the forest was fitted with negative LeafSamples. Large x are
// handled in parallel.
func (f *Forest) Quantiles(dst *mat.Dense, x mat.Matrix, q ...float64) *mat.Dense {
	rows, columns := x.Dims()
	if columns != f.columns {
		panic(panicFeatures)
	}
	f.mustHaveLeafSamples()
	levels := sortLevels(nil, q)
	dst = destinationDense(dst, rows, len(q))
	f.eachRow(x, func(d *distribution, i int, row []float64) {
		d.read(f, row)
		d.quantiles(dst.RawRowView(i), levels)
	})
	return dst
}

// eachRow calls ask for every row of x, with a distribution to use, in parallel
// where there are many.
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

// quantileRows is the most rows a worker takes at a time.
const quantileRows = 256

// QuantilesRow stores the quantiles q of the target, given row, in dst and
// returns it, as Quantiles does for many rows. Once warm it does not allocate,
// unless dst is nil. It panics as Quantiles does, and if dst is neither nil nor
// as long as q.
func (f *Forest) QuantilesRow(dst, row []float64, q ...float64) []float64 {
	f.mustHaveLeafSamples()
	dst = destination(dst, len(q))
	d := f.distributions.Get().(*distribution)
	defer f.distributions.Put(d)
	d.levels = sortLevels(d.levels, q)
	d.read(f, row)
	d.quantiles(dst, d.levels)
	return dst
}

func (f *Forest) mustHaveLeafSamples() {
	if len(f.samples.row) == 0 {
		panic(panicNoLeafRows)
	}
}

func destinationDense(dst *mat.Dense, rows, columns int) *mat.Dense {
	if dst == nil {
		return mat.NewDense(rows, columns, nil)
	}
	if dst.IsEmpty() {
		dst.ReuseAs(rows, columns)
	}
	if r, c := dst.Dims(); r != rows || c != columns {
		panic(panicDestination)
	}
	return dst
}

// level is a quantile asked for and where its answer goes.
type level struct {
	q      float64
	column int
}

// sortLevels returns the elements of q in ascending order, in the memory of
// levels if that suffices.
func sortLevels(levels []level, q []float64) []level {
	if len(q) == 0 {
		panic(panicQuantile)
	}
	levels = levels[:0]
	for i, v := range q {
		if !(v >= 0 && v <= 1) {
			panic(panicQuantile)
		}
		levels = append(levels, level{v, i})
	}
	slices.SortFunc(levels, func(a, b level) int { return cmp.Compare(a.q, b.q) })
	return levels
}

// distribution is the conditional distribution at one row. Since leaves keep
// their rows as positions in the order of targets, adding their weights up by
// position sorts them: what is left is to find those that are not 0, by a bit
// each.
type distribution struct {
	samples  *leafSamples
	weight   []float64 // by position
	occupied []uint64  // bit p%64 of word p/64: position p has a weight
	first    int       // marked word
	last     int
	keys     rowKeys
	levels   []level // scratch of QuantilesRow
}

func newDistribution(l *leafSamples) *distribution {
	n := len(l.row)
	return &distribution{samples: l, weight: make([]float64, n), occupied: make([]uint64, (n+63)/64), last: -1}
}

// read replaces d by the distribution that f has at row.
func (d *distribution) read(f *Forest, row []float64) {
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

// clear makes all weights 0.
func (d *distribution) reset() {
	for i := d.first; i <= d.last; i++ {
		for set := d.occupied[i]; set != 0; set &= set - 1 {
			d.weight[64*i+bits.TrailingZeros64(set)] = 0
		}
		d.occupied[i] = 0
	}
	d.first, d.last = len(d.occupied), -1
}

// add gives the draws of a leaf their share.
func (d *distribution) add(draws []uint32, share float64) {
	each := share / d.samples.totalWeight(draws)
	for _, p := range draws {
		d.weight[p] += each * d.samples.weightAt(p)
		d.occupied[p/64] |= 1 << (p % 64)
	}
	d.first = min(d.first, int(draws[0]/64))
	d.last = max(d.last, int(draws[len(draws)-1]/64))
}

// quantiles stores the quantiles at the given ascending levels in dst.
func (d *distribution) quantiles(dst []float64, levels []level) {
	cumulative, p := 0.0, 0
	for i := d.first; i <= d.last; i++ {
		for set := d.occupied[i]; set != 0; set &= set - 1 {
			p = 64*i + bits.TrailingZeros64(set)
			cumulative += d.weight[p]
			for len(levels) > 0 && cumulative >= levels[0].q-slack {
				dst[levels[0].column] = d.samples.target[p]
				levels = levels[1:]
			}
		}
		if len(levels) == 0 {
			return
		}
	}
	for _, l := range levels {
		dst[l.column] = d.samples.target[p]
	}
}
