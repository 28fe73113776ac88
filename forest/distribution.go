package forest

import (
	"cmp"
	"math/bits"
	"slices"
)

// distribution is the conditional distribution of the target at one row. Since leaves keep their rows as ranks in the
// order of targets, adding up the weights by rank sorts them: what remains is to find those that are not 0, with the
// help of a bit each.
type distribution struct {
	samples  *leafSamples
	weight   []float64 // by rank
	occupied []uint64  // bit r%64 of word r/64: rank r has a weight
	first    int       // word of occupied that is not 0
	last     int
	keys     rowKeys
	levels   []level // memory of QuantilesRow
}

func newDistribution(l *leafSamples) *distribution {
	n := len(l.row)
	return &distribution{samples: l, weight: make([]float64, n), occupied: make([]uint64, (n+63)/64), last: -1}
}

// reset sets all weights to 0.
func (d *distribution) reset() {
	for i := d.first; i <= d.last; i++ {
		for set := d.occupied[i]; set != 0; set &= set - 1 {
			d.weight[64*i+bits.TrailingZeros64(set)] = 0
		}
		d.occupied[i] = 0
	}
	d.first, d.last = len(d.occupied), -1
}

// add distributes share among the draws of a leaf.
func (d *distribution) add(draws []uint32, share float64) {
	each := share / d.samples.totalWeight(draws)
	for _, rank := range draws {
		d.weight[rank] += each * d.samples.weightAt(rank)
		d.occupied[rank/64] |= 1 << (rank % 64)
	}
	d.first = min(d.first, int(draws[0]/64))
	d.last = max(d.last, int(draws[len(draws)-1]/64))
}

// slack absorbs the rounding of sums of weights, so that a quantile exactly at a boundary, such as the median of two
// rows, does not depend on it.
const slack = 1e-12

// level is a requested quantile and the column of its result.
type level struct {
	q      float64
	column int
}

// sortLevels returns the elements of q in ascending order, in the memory of levels if that suffices. It panics if q is
// empty or an element is outside [0, 1].
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

// quantiles stores the quantiles at the given ascending levels in dst.
func (d *distribution) quantiles(dst []float64, levels []level) {
	cumulative, rank := 0.0, 0
	for i := d.first; i <= d.last; i++ {
		for set := d.occupied[i]; set != 0; set &= set - 1 {
			rank = 64*i + bits.TrailingZeros64(set)
			cumulative += d.weight[rank]
			for len(levels) > 0 && cumulative >= levels[0].q-slack {
				dst[levels[0].column] = d.samples.target[rank]
				levels = levels[1:]
			}
		}
		if len(levels) == 0 {
			return
		}
	}
	for _, l := range levels {
		dst[l.column] = d.samples.target[rank]
	}
}
