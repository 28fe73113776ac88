package forest

import (
	"fmt"
	"iter"
	"math"
	"math/bits"
	"runtime"
)

// OutOfBag evaluates a forest on its own training rows, each by only those trees that did not see its group (Breiman
// 2001). Its methods are safe for concurrent use.
type OutOfBag struct {
	f        *Forest
	data     *dataset
	outOfBag []uint64 // per unit, a bit per tree: the unit is not in its bag
	words    int      // words per unit
}

// OutOfBag returns the out-of-bag view of the training data. d must be the data f was fitted on: the forest does not
// store bags but redraws them from its seed, so that Weights and Groups matter as much as X.
//
// It returns the errors of Fit, and ErrShape, wrapped, if d has not as many rows, columns and groups of positive weight
// as the training data.
func (f *Forest) OutOfBag(d Data) (*OutOfBag, error) {
	data, err := newDataset(d)
	if err != nil {
		return nil, err
	}
	if data.rows != f.rows || data.columns != f.columns || data.units != f.units {
		return nil, fmt.Errorf("%w: %d rows, %d columns and %d groups instead of %d, %d and %d", ErrShape,
			data.rows, data.columns, data.units, f.rows, f.columns, f.units)
	}
	o := &OutOfBag{f: f, data: data, words: (f.trees + 63) / 64}
	o.outOfBag = make([]uint64, (data.units+1)*o.words)
	bag := newBagger(f.seed, f.bootstrap, f.units)
	for i := range f.trees {
		bag.draw(i)
		o.markOutOfBag(i, bag.counts)
	}
	return o, nil
}

// markOutOfBag records which units tree i did not see. Rows that no bag can hold were not seen by any tree.
func (o *OutOfBag) markOutOfBag(i int, counts []uint32) {
	bit := uint64(1) << (i % 64)
	for unit, count := range counts {
		if count == 0 {
			o.outOfBag[unit*o.words+i/64] |= bit
		}
	}
	o.outOfBag[len(counts)*o.words+i/64] |= bit
}

// trees iterates over the trees that row i is out of the bag of.
func (o *OutOfBag) trees(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, set := range o.bitset(i) {
			for ; set != 0; set &= set - 1 {
				if !yield(i*64 + bits.TrailingZeros64(set)) {
					return
				}
			}
		}
	}
}

// bitset returns the trees that row i is out of the bag of, a bit each.
func (o *OutOfBag) bitset(i int) []uint64 {
	unit := int(o.data.unit[i])
	return o.outOfBag[unit*o.words : (unit+1)*o.words]
}

// Trees returns the number of trees that did not see the group of row i: about 37 in 100 with a bootstrap of many
// groups, 0 without a bootstrap.
func (o *OutOfBag) Trees(i int) int {
	count := 0
	for _, word := range o.bitset(i) {
		count += bits.OnesCount64(word)
	}
	return count
}

// PredictRow returns the prediction for training row i by the trees that did not see its group, or NaN if there are
// none.
func (o *OutOfBag) PredictRow(i int) float64 {
	x := o.data.row(i)
	sum, count := 0.0, 0
	for t := range o.trees(i) {
		b, root := o.f.locate(t)
		sum += leafValue(b.nodes[descend(b, root, x)])
		count++
	}
	if count == 0 {
		return math.NaN()
	}
	return sum / float64(count)
}

// Predict stores PredictRow of every training row in dst and returns it. A nil dst is allocated. It panics if dst has
// another length.
func (o *OutOfBag) Predict(dst []float64) []float64 {
	dst = reuseSlice(dst, o.data.rows)
	parallelFor(o.data.rows, runtime.GOMAXPROCS(0), func(items iter.Seq[int]) {
		for i := range items {
			dst[i] = o.PredictRow(i)
		}
	})
	return dst
}

// LeafRows returns Forest.LeafRows at training row i over the trees that did not see its group, with equal shares. The
// entries are appended to dst[:0]. The result is empty if there are no such trees.
func (o *OutOfBag) LeafRows(dst []RowWeight, i int) []RowWeight {
	dst = dst[:0]
	x, share := o.data.row(i), 1/float64(o.Trees(i))
	for t := range o.trees(i) {
		b, root := o.f.locate(t)
		dst = o.f.samples.appendLeaf(dst, b.leafDraws(descend(b, root, x)), share)
	}
	return dst
}
