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
// truth really lies, and how often the prediction hits.
func (r *regressor) calibrate(rows part, data forest.Data, seed uint64) error {
	bag, err := r.forest.OutOfBag(data)
	if err != nil {
		return err
	}
	kept := rows.thin(mostCalibrated, seed)
	u := r.eachOutOfBag(rows, bag, kept, func(k int, d *distribution) float64 {
		return d.rawLevel(data.Y[k])
	})
	r.levels = calibrate(byClass(rows, kept, u, func(_ int, level float64) (float64, bool) {
		return level, !math.IsNaN(level)
	}), levelsOf)

	u = r.eachOutOfBag(rows, bag, kept, func(_ int, d *distribution) float64 { return d.within() })
	r.reliability = calibrate(byClass(rows, kept, u, func(k int, p float64) (verdict, bool) {
		predicted := math.Exp(r.base(&rows.row(k).physics) + bag.PredictRow(k))
		return verdict{p, evaluate.Hit(predicted, rows.y[k])}, !math.IsNaN(p)
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
	parallel(len(kept), func(b *buffers, i int) {
		row := rows.row(kept[i])
		b.leaves = bag.LeafRows(b.leaves, kept[i])
		var d distribution
		r.fill(&d, b, bag.PredictRow(kept[i]), &row.physics, row.class)
		e.forecasts[i] = r.forecast(&d, row.class)
	})
	return e.score()
}

// eachOutOfBag evaluates the out-of-bag distribution of the given rows of the
// part, in parallel. The result of a row that was in every bag is NaN.
func (r *regressor) eachOutOfBag(rows part, bag *forest.OutOfBag, kept []int, evaluate func(k int, d *distribution) float64) []float64 {
	results := make([]float64, len(kept))
	parallel(len(kept), func(b *buffers, i int) {
		k := kept[i]
		results[i] = math.NaN()
		b.leaves = bag.LeafRows(b.leaves, k)
		if len(b.leaves) == 0 {
			return
		}
		var d distribution
		r.fill(&d, b, bag.PredictRow(k), &rows.row(k).physics, rows.row(k).class)
		results[i] = evaluate(k, &d)
	})
	return results
}

// byClass sorts results by the class of their row, leaving out those that convert
// refuses; convert gets the row's number in the part.
func byClass[T any](rows part, kept []int, results []float64, convert func(int, float64) (T, bool)) (sorted [classes][]T) {
	for i, k := range kept {
		if t, ok := convert(k, results[i]); ok {
			c := rows.row(k).class
			sorted[c] = append(sorted[c], t)
		}
	}
	return sorted
}
