package forest

import (
	"cmp"
	"iter"
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
	if len(f.kept.target) == 0 {
		panic(panicNoLeafRows)
	}
	levels := sortLevels(q)
	dst = destinationDense(dst, rows, len(q))
	shareBlocks(x, func(blocks iter.Seq[*block]) {
		d := newDistribution(f)
		for b := range blocks {
			for i := range b.rows {
				d.read(b.row(i))
				d.quantiles(dst.RawRowView(b.first+i), levels)
			}
		}
	})
	return dst
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

// sortLevels returns the elements of q in ascending order.
func sortLevels(q []float64) []level {
	levels := make([]level, len(q))
	if len(q) == 0 {
		panic(panicQuantile)
	}
	for i, v := range q {
		if !(v >= 0 && v <= 1) {
			panic(panicQuantile)
		}
		levels[i] = level{v, i}
	}
	slices.SortFunc(levels, func(a, b level) int { return cmp.Compare(a.q, b.q) })
	return levels
}

// distribution is the conditional distribution at one row. Entries of one
// training row are merged first, which leaves far fewer to sort, and sorted by
// the positions of their targets among all kept ones.
type distribution struct {
	f       *Forest
	ranking ranking
	entries []RowWeight
	weight  []float64 // by position; 0 between reads
	support []uint32  // positions of positive weight
}

func newDistribution(f *Forest) *distribution {
	r := f.ranking()
	return &distribution{f: f, ranking: r, weight: make([]float64, len(r.target))}
}

// read replaces d by the distribution at row.
func (d *distribution) read(row []float32) {
	for _, p := range d.support {
		d.weight[p] = 0
	}
	d.support = d.support[:0]
	d.entries = leafRows(d.f, d.entries, row)
	for _, e := range d.entries {
		p := d.ranking.position[d.f.kept.rank(e.Row)]
		if d.weight[p] == 0 {
			d.support = append(d.support, p)
		}
		d.weight[p] += e.Weight
	}
	slices.Sort(d.support)
}

// quantiles stores the quantiles at the given ascending levels in dst.
func (d *distribution) quantiles(dst []float64, levels []level) {
	reached, i := d.weight[d.support[0]], 0
	for _, l := range levels {
		for i+1 < len(d.support) && reached < l.q-slack {
			i++
			reached += d.weight[d.support[i]]
		}
		dst[l.column] = d.ranking.target[d.support[i]]
	}
}
