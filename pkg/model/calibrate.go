package model

import (
	"math"
	"slices"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/prediction"
)

// mostCalibrated bounds the rows a calibration is learned from: its error falls
// with their root, and at this number it is far below what is promised.
const mostCalibrated = 30_000

// training is a learner with the rows it was grown on and the trees that did not
// see each.
type training struct {
	*learner
	rows part
	data forest.Data
	bag  *forest.OutOfBag
	kept []int // rows to calibrate on
}

// newTraining prepares to ask a grown learner about its own rows.
func newTraining(l *learner, rows part, data forest.Data, seed uint64) (training, error) {
	bag, err := l.forest.OutOfBag(data)
	t := training{learner: l, rows: rows, data: data, bag: bag}
	if err != nil {
		return t, err
	}
	for _, k := range rows.thin(mostCalibrated, seed) {
		if bag.Trees(k) > 0 {
			t.kept = append(t.kept, k)
		}
	}
	return t, nil
}

// each visits the out-of-bag distribution of the given rows, in parallel; i counts
// kept, k the rows of the part.
func (t *training) each(kept []int, cs *calibrations[levels], visit func(i, k int, d *distribution)) {
	parallel(len(kept), func(b *buffers, i int) {
		k := kept[i]
		row := t.rows.row(k)
		b.leaves = t.bag.LeafRows(b.leaves, k)
		t.fill(&b.distribution, b, t.bag.PredictRow(k), &row.physics, cs.of(row.class))
		visit(i, k, &b.distribution)
	})
}

// calibrate learns the regressor's calibrations and scores it out of bag: the rows of
// each half of the groups by what was calibrated on the other half, so that no row is
// judged by anything that it taught. It answers how wide intervals are.
func (r *regressor) calibrate(trainings []training) widths {
	var all exam
	for half := range 2 {
		judge := regressor{target: r.target, learners: r.learners}
		judge.learnCalibrations(halved(trainings, 1-half))
		all.add(judge.askOutOfBag(halved(trainings, half)))
	}
	r.outOfBag = all.score()
	return r.learnCalibrations(trainings)
}

// halved is the trainings with the rows to calibrate on of every other group.
func halved(trainings []training, half int) []training {
	halves := slices.Clone(trainings)
	for i := range halves {
		t := &halves[i]
		t.kept = nil
		for _, k := range trainings[i].kept {
			if t.rows.row(k).group%2 == half {
				t.kept = append(t.kept, k)
			}
		}
	}
	return halves
}

// learnCalibrations learns, from rows that the trees had not seen, at which levels the
// truth really lies, how often the prediction hits, and how wide the interval is by
// what is known.
func (r *regressor) learnCalibrations(trainings []training) widths {
	var u [classes][]float64
	for _, t := range trainings {
		level := make([]float64, len(t.kept))
		t.each(t.kept, &r.levels, func(i, k int, d *distribution) { level[i] = d.rawLevel(t.data.Y[k]) })
		byClass(&u, t.rows, t.kept, func(i, _ int) float64 { return level[i] })
	}
	r.levels = calibrate(u, levelsOf)
	var verdicts [classes][]verdict
	var w widths
	for _, t := range trainings {
		confidence, intervals := make([]float64, len(t.kept)), make([]widthRow, len(t.kept))
		t.each(t.kept, &r.levels, func(i, k int, d *distribution) {
			confidence[i], intervals[i] = d.within(), widthRow{t.rows.row(k).known, math.Log(max(d.width(0.9), leastWidth))}
		})
		w[t.rows.row(0).physics.side()] = learnWidths(intervals)
		byClass(&verdicts, t.rows, t.kept, func(i, k int) verdict {
			predicted := inMS(t.base(&t.rows.row(k).physics) + t.bag.PredictRow(k))
			return verdict{confidence[i], prediction.Hit(predicted, t.rows.y[k])}
		})
	}
	r.reliability = calibrate(verdicts, newReliability)
	return w
}

// askOutOfBag asks the calibrated regressor about the recorded ones of the rows kept,
// each by the trees that had not seen it.
func (r *regressor) askOutOfBag(trainings []training) exam {
	var all exam
	for _, t := range trainings {
		var kept []int
		var e exam
		for _, k := range t.kept {
			if t.rows.row(k).recorded {
				kept, e.actual = append(kept, k), append(e.actual, max(t.rows.y[k], leastMS))
			}
		}
		e.forecasts = make([]evaluate.Forecast, len(kept))
		t.each(kept, &r.levels, func(i, k int, d *distribution) {
			e.forecasts[i] = r.forecast(d, t.rows.row(k).class)
		})
		all.add(e)
	}
	return all
}

// byClass adds what result gives for the kept rows to the class of each row.
func byClass[T any](sorted *[classes][]T, rows part, kept []int, result func(i, k int) T) {
	for i, k := range kept {
		c := rows.row(k).class
		sorted[c] = append(sorted[c], result(i, k))
	}
}
