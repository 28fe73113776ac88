package model

import (
	"math"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
)

// mostCalibrated bounds the rows a calibration is learned from: its error falls
// with their root, and at this number it is far below what is promised.
const mostCalibrated = 30_000

// calibrate learns, from rows that the trees had not seen, at which levels the
// truth really lies, and how often the prediction hits. It scores the result on
// the recorded rows.
func (r *regressor) calibrate(rows part, data forest.Data, seed uint64) error {
	bag, err := r.forest.OutOfBag(data)
	if err != nil {
		return err
	}
	kept := rows.thin(mostCalibrated, seed)
	result := make([]float64, len(kept))
	r.eachOutOfBag(rows, bag, kept, func(i, k int, d *distribution) { result[i] = d.rawLevel(data.Y[k]) })
	r.levels = calibrate(byClass(rows, bag, kept, func(i, _ int) float64 { return result[i] }), levelsOf)

	r.eachOutOfBag(rows, bag, kept, func(i, _ int, d *distribution) { result[i] = d.within() })
	r.reliability = calibrate(byClass(rows, bag, kept, func(i, k int) verdict {
		predicted := math.Exp(r.base(&rows.row(k).physics) + bag.PredictRow(k))
		return verdict{result[i], evaluate.Hit(predicted, rows.y[k])}
	}), newReliability)
	r.outOfBag = r.scoreOutOfBag(rows, bag)
	return nil
}

// scoreOutOfBag scores the calibrated regressor on the recorded rows, each by the
// trees that had not seen it.
func (r *regressor) scoreOutOfBag(rows part, bag *forest.OutOfBag) *evaluate.Metrics {
	var kept []int
	var e exam
	for k, y := range rows.y {
		if rows.row(k).recorded && bag.Trees(k) > 0 {
			kept, e.actual = append(kept, k), append(e.actual, max(y, leastMS))
		}
	}
	e.forecasts = make([]evaluate.Forecast, len(kept))
	r.eachOutOfBag(rows, bag, kept, func(i, k int, d *distribution) {
		e.forecasts[i] = r.forecast(d, rows.row(k).class)
	})
	return e.score()
}

// eachOutOfBag visits the out-of-bag distribution of the given rows of the part,
// in parallel; i counts kept, k the part's rows. Rows that were in every bag are
// passed over.
func (r *regressor) eachOutOfBag(rows part, bag *forest.OutOfBag, kept []int, visit func(i, k int, d *distribution)) {
	parallel(len(kept), func(b *buffers, i int) {
		k := kept[i]
		if bag.Trees(k) == 0 {
			return
		}
		row := rows.row(k)
		b.leaves = bag.LeafRows(b.leaves, k)
		r.fill(&b.distribution, b, bag.PredictRow(k), &row.physics, row.class)
		visit(i, k, &b.distribution)
	})
}

// byClass sorts what result gives for the kept rows by the class of the row; rows
// that were in every bag have no result.
func byClass[T any](rows part, bag *forest.OutOfBag, kept []int, result func(i, k int) T) (sorted [classes][]T) {
	for i, k := range kept {
		if bag.Trees(k) > 0 {
			c := rows.row(k).class
			sorted[c] = append(sorted[c], result(i, k))
		}
	}
	return sorted
}
