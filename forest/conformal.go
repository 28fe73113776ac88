package forest

import (
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Conformal holds intervals that contain the stated share of targets: quantiles of the forest, moved apart or together
// by as much as out-of-bag rows show to be needed (conformalized quantile regression: Romano, Patterson and Candès
// 2019; on out-of-bag rows: Johansson et al. 2014). They stay wide where the quantiles are wide and narrow where those
// are narrow. A Conformal is immutable and safe for concurrent use.
type Conformal struct {
	f      *Forest
	levels []level
	margin float64
}

// Conformal returns intervals calibrated to contain the share level, within (0, 1), of the targets of rows that the
// forest has not seen. If unknown columns are named, they are calibrated for rows that lack these columns: out-of-bag
// rows are then evaluated as if they lacked them, too. Coverage holds on average over rows like those of the training
// data, one for each of their groups. Out-of-bag predictions come from about a third of the trees and so are a little
// less certain than those of all trees: intervals err on the wide side.
//
// It returns ErrConfig, wrapped, if level or a column is out of range, and ErrFewRows, wrapped, if fewer than
// 1/(1-level) - 1 rows are out of the bag of some tree. It panics if the forest was fitted with negative LeafSamples.
func (o *OutOfBag) Conformal(level float64, unknown ...int) (*Conformal, error) {
	o.f.mustHaveLeafSamples()
	if !(level > 0 && level < 1) {
		return nil, fmt.Errorf("%w: a level of %v", ErrConfig, level)
	}
	for _, column := range unknown {
		if column < 0 || column >= o.f.columns {
			return nil, fmt.Errorf("%w: column %d of %d is to be unknown", ErrConfig, column, o.f.columns)
		}
	}
	c := &Conformal{f: o.f, levels: sortLevels(nil, []float64{(1 - level) / 2, (1 + level) / 2})}
	scores := o.conformityScores(c.levels, unknown)
	// A new row may have any rank among them.
	rank := int(math.Ceil(level * float64(len(scores)+1)))
	if rank > len(scores) {
		return nil, fmt.Errorf("%w: %d cannot tell what holds %v of them", ErrFewRows, len(scores), level)
	}
	slices.Sort(scores)
	c.margin = scores[rank-1]
	return c, nil
}

// conformityScores returns, for every row that is out of some bag, how far its target lies outside the interval between
// its quantiles at two levels. The score is negative if the target lies within it.
func (o *OutOfBag) conformityScores(levels []level, unknown []int) []float64 {
	scores := make([]float64, o.data.rows)
	parallelFor(o.data.rows, runtime.GOMAXPROCS(0), func(items iter.Seq[int]) {
		d := o.f.distributions.Get().(*distribution)
		defer o.f.distributions.Put(d)
		row, bounds := make([]float32, o.data.columns), make([]float64, 2)
		for i := range items {
			scores[i] = math.NaN()
			if o.data.weight[i] == 0 || o.Trees(i) == 0 {
				continue
			}
			copy(row, o.data.row(i))
			for _, column := range unknown {
				row[column] = float32(math.NaN())
			}
			o.fillDistribution(d, i, row)
			d.quantiles(bounds, levels)
			scores[i] = max(bounds[0]-o.data.y[i], o.data.y[i]-bounds[1])
		}
	})
	return slices.DeleteFunc(scores, math.IsNaN)
}

// fillDistribution replaces d by the conditional distribution at row, over the trees that did not see the group of
// training row i.
func (o *OutOfBag) fillDistribution(d *distribution, i int, row []float32) {
	d.reset()
	share := 1 / float64(o.Trees(i))
	for t := range o.trees(i) {
		b, root := o.f.locate(t)
		d.add(b.leafDraws(descend(b, root, row)), share)
	}
}

// Margin returns by how much the quantiles are moved apart at either end, in the unit of the target. It is negative if
// they are moved together.
func (c *Conformal) Margin() float64 { return c.margin }

// IntervalRow returns the interval for row, in the unit of the target. If the quantiles are to be moved together by
// more than their distance, it is the point midway between them. It panics if len(row) is not the forest's number of
// columns.
func (c *Conformal) IntervalRow(row []float64) (low, high float64) {
	d := c.f.distributions.Get().(*distribution)
	defer c.f.distributions.Put(d)
	var bounds [2]float64
	c.interval(d, bounds[:], row)
	return bounds[0], bounds[1]
}

// Intervals stores IntervalRow of every row of x in the same row of dst, low and high, and returns it. A nil dst is
// allocated, an empty one resized. Large x are handled in parallel. It panics if x has not the forest's number of
// columns, or if dst has another shape.
func (c *Conformal) Intervals(dst *mat.Dense, x mat.Matrix) *mat.Dense {
	rows, columns := x.Dims()
	if columns != c.f.columns {
		panic(panicFeatures)
	}
	dst = reuseDense(dst, rows, 2)
	c.f.eachRow(x, func(d *distribution, i int, row []float64) { c.interval(d, dst.RawRowView(i), row) })
	return dst
}

// interval stores the interval for row in dst, with the help of d.
func (c *Conformal) interval(d *distribution, dst, row []float64) {
	c.f.fillDistribution(d, row)
	d.quantiles(dst, c.levels)
	low, high := dst[0]-c.margin, dst[1]+c.margin
	if low > high {
		low = (low + high) / 2
		high = low
	}
	dst[0], dst[1] = low, high
}
