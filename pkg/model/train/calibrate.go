package train

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// mostCalibrated bounds the rows a calibration is learned from: its error falls with their root, and at this number it
// is far below what is promised.
const mostCalibrated = 30_000

// fewestOfClass is the least number of rows of a class that has a calibration of its own.
const fewestOfClass = 40

// A fittedLearner is a learner with the rows it was grown on and the trees that did not see each.
type fittedLearner struct {
	*estimate.Learner
	rows part
	data forest.Data
	bag  *forest.OutOfBag
	kept []int // rows to calibrate on
}

// newFittedLearner returns a learner that was grown on rows, ready to be calibrated on them.
func newFittedLearner(l *estimate.Learner, rows part, data forest.Data, seed uint64) (fittedLearner, error) {
	bag, err := l.Forest.OutOfBag(data)
	t := fittedLearner{Learner: l, rows: rows, data: data, bag: bag}
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

// each visits the out-of-bag distribution of the given rows, in parallel; i counts kept, k the rows of the part.
func (t *fittedLearner) each(
	kept []int, cs *estimate.Calibrations[estimate.Levels], visit func(i, k int, d *estimate.Distribution),
) {
	estimate.Parallel(len(kept), func(b *estimate.Buffers, i int) {
		k := kept[i]
		row := t.rows.row(k)
		b.Leaves = t.bag.LeafRows(b.Leaves, k)
		t.Fill(&b.Distribution, b, t.bag.PredictRow(k), &row.physics, cs.Of(row.class))
		visit(i, k, &b.Distribution)
	})
}

// halved returns the learners with the rows to calibrate on of every other group.
func halved(learners []fittedLearner, half int) []fittedLearner {
	halves := slices.Clone(learners)
	for i := range halves {
		t := &halves[i]
		t.kept = nil
		for _, k := range learners[i].kept {
			if t.rows.row(k).group%2 == half {
				t.kept = append(t.kept, k)
			}
		}
	}
	return halves
}

// A calibration is that of a regressor, whose learners were fitted.
type calibration struct {
	*estimate.Regressor
	learners []fittedLearner
}

// outOfBag scores the regressor out of bag: the rows of each half of the groups by what was calibrated on the other
// half, so that no row is judged by anything that it taught.
func (c calibration) outOfBag() *evaluate.Metrics {
	var all heldOut
	for half := range 2 {
		judge := estimate.Regressor{Target: c.Target, Learners: c.Learners}
		calibration{&judge, halved(c.learners, 1-half)}.learn()
		all.add(calibration{&judge, halved(c.learners, half)}.predict())
	}
	return all.score()
}

// learn calibrates by rows that the trees had not seen, at which levels the truth really lies, how often the prediction
// hits, and how wide the interval is by what is known, which it returns.
func (c calibration) learn() estimate.Widths {
	var u [estimate.Classes][]float64
	for _, t := range c.learners {
		level := make([]float64, len(t.kept))
		t.each(t.kept, &c.Levels, func(i, k int, d *estimate.Distribution) { level[i] = d.RawLevel(t.data.Y[k]) })
		byClass(&u, t.rows, t.kept, func(i, _ int) float64 { return level[i] })
	}
	c.Levels = calibrate(u, levelsOf)
	var verdicts [estimate.Classes][]verdict
	var w estimate.Widths
	for _, t := range c.learners {
		confidence, intervals := make([]float64, len(t.kept)), make([]widthRow, len(t.kept))
		t.each(t.kept, &c.Levels, func(i, k int, d *estimate.Distribution) {
			confidence[i], intervals[i] = d.Within(), widthRow{t.rows.row(k).known, math.Log(max(d.Width(0.9), leastWidth))}
		})
		w[t.rows.row(0).physics.Learner()] = learnWidths(intervals)
		byClass(&verdicts, t.rows, t.kept, func(i, k int) verdict {
			predicted := estimate.InMS(t.Base(&t.rows.row(k).physics) + t.bag.PredictRow(k))
			return verdict{confidence[i], prediction.Hit(predicted, t.rows.y[k])}
		})
	}
	c.Reliability = calibrate(verdicts, newReliability)
	c.learnPhysical()
	return w
}

// learnPhysical learns how far the physics alone was off, and how far from it the trees were right that had not seen
// the row.
func (c calibration) learnPhysical() {
	var off, errors []float64
	for _, t := range c.learners {
		for _, k := range t.kept {
			row := t.rows.row(k)
			if expected := row.physics.Expects(c.Target); !math.IsNaN(expected) {
				errors = append(errors, estimate.LogMS(t.rows.y[k])-expected)
				off = append(off, math.Abs(t.Base(&row.physics)+t.bag.PredictRow(k)-expected))
			}
		}
	}
	if len(errors) < fewestOfClass {
		return
	}
	slices.Sort(errors)
	slices.Sort(off)
	c.Physical = estimate.Physical{
		Mean: estimate.Rounded(stat.Mean(errors, nil)),
		Most: estimate.Rounded(stat.Quantile(trusted, stat.Empirical, off, nil)),
	}
	for i := range physicalErrors {
		level := (float64(i) + 0.5) / physicalErrors
		c.Physical.Errors = append(c.Physical.Errors, estimate.Rounded(stat.Quantile(level, stat.Empirical, errors, nil)))
	}
}

const (
	physicalErrors = 100   // quantiles that are kept of the errors of the physics
	trusted        = 0.999 // share of the rows on which the trees may contradict it as they do
)

// predict returns the forecasts of the calibrated regressor for the recorded ones of the rows kept, each by the trees
// that had not seen it.
func (c calibration) predict() heldOut {
	var all heldOut
	for _, t := range c.learners {
		var kept []int
		var a heldOut
		for _, k := range t.kept {
			if t.rows.row(k).recorded {
				kept, a.actual = append(kept, k), append(a.actual, max(t.rows.y[k], prediction.LeastMS))
			}
		}
		a.forecasts = make([]evaluate.Forecast, len(kept))
		t.each(kept, &c.Levels, func(i, k int, d *estimate.Distribution) {
			a.forecasts[i] = c.Forecast(d, t.rows.row(k).class)
		})
		all.add(a)
	}
	return all
}

// byClass adds what result gives for the kept rows to the class of each row.
func byClass[T any](sorted *[estimate.Classes][]T, rows part, kept []int, result func(i, k int) T) {
	for i, k := range kept {
		c := rows.row(k).class
		sorted[c] = append(sorted[c], result(i, k))
	}
}

// calibrate learns calibrations from what each class's rows gave.
func calibrate[S, T any](perClass [estimate.Classes][]S, learn func([]S) T) estimate.Calibrations[T] {
	cs := estimate.Calibrations[T]{Classes: map[int]T{}, Rows: map[int]int{}}
	var all []S
	for c, rows := range perClass {
		all = append(all, rows...)
		if len(rows) >= fewestOfClass {
			cs.Classes[c], cs.Rows[c] = learn(rows), len(rows)
		}
	}
	if len(all) > 0 {
		cs.All = learn(all)
	}
	return cs
}

// levelsOf learns a recalibration from out-of-bag levels, which it sorts. The quantiles are those of conformal
// prediction: the k-th smallest of n stands for the level k/(n+1), so that an interval holds its share also of few
// rows.
func levelsOf(u []float64) estimate.Levels {
	const steps = 200
	slices.Sort(u)
	m := make(estimate.Levels, steps+1)
	m[steps] = 1
	n := float64(len(u))
	for i := 1; i < steps; i++ {
		position := float64(i) / steps * (n + 1)
		k := int(position)
		switch {
		case k < 1:
			m[i] = u[0] * position
		case k >= len(u):
			m[i] = 1 - (1-u[len(u)-1])*(n+1-position)
		default:
			m[i] = u[k-1] + (position-float64(k))*(u[k]-u[k-1])
		}
		m[i] = estimate.Rounded(m[i])
	}
	return m
}
