package model

import (
	"math"
	"sync"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/prediction"
)

// regressor predicts the distribution of the logarithm of one quantity in ms. It
// has two learners, since those who can compute the physics and those who cannot
// have little to learn from each other: what one calls a large error is the
// other's daily bread.
type regressor struct {
	target      evaluate.Target
	learners    [2]learner // without physics, with physics; an empty one had no rows
	levels      calibrations[levels]
	reliability calibrations[reliability] // of the confidence
	outOfBag    *evaluate.Metrics         // on the recorded training rows; nil once read from a file
}

// The learners of a regressor.
const (
	withoutPhysics = iota
	withPhysics
)

// side is the learner that rows with this physics belong to.
func (p *physics) side() int {
	if p.computed {
		return withPhysics
	}
	return withoutPhysics
}

// learner is the one that answers for this physics: its own, or the other where
// its own had no rows.
func (r *regressor) learner(p *physics) *learner {
	side := p.side()
	if r.learners[side].forest == nil {
		side = 1 - side
	}
	return &r.learners[side]
}

// empty says whether the regressor had nothing to learn from.
func (r *regressor) empty() bool {
	return r.learners[withoutPhysics].forest == nil && r.learners[withPhysics].forest == nil
}

// predict fills d with the distribution for one row of columns, and leaves the
// rows it rests on in b.
func (r *regressor) predict(d *distribution, b *buffers, row []float64, p *physics, c class) {
	l := r.learner(p)
	var mean float64
	b.leaves, mean = l.forest.LeafRowsMean(b.leaves, row)
	l.fill(d, b, mean, p, r.levels.of(c))
}

// mean is the predicted logarithm alone.
func (r *regressor) mean(row []float64, p *physics) float64 {
	return r.learner(p).mean(row, p)
}

// forecast states a distribution in ms.
func (r *regressor) forecast(d *distribution, c class) evaluate.Forecast {
	f := evaluate.Forecast{
		Point:      inMS(d.center()),
		Lower:      inMS(min(d.quantile(0.05), d.center())),
		Upper:      inMS(max(d.quantile(0.95), d.center())),
		Confidence: r.reliability.of(c).of(d.within()),
	}
	for i, level := range evaluate.Levels {
		f.Quantiles[i] = inMS(d.quantile(level))
	}
	return f
}

// within is the probability, before calibration, that the mean is off by at most
// a quarter of the truth: p/1.25 <= Y <= p/0.75.
func (d *distribution) within() float64 {
	high := d.probability(d.center() - math.Log(1-prediction.Tolerance))
	low := d.probability(d.center() - math.Log(1+prediction.Tolerance))
	return max(0, high-low)
}

// buffers are memory that predictions reuse. A buffers serves one goroutine.
type buffers struct {
	row          []float64
	leaves       []forest.RowWeight
	sample       []weighted
	distribution distribution
}

// idle are buffers that nobody uses: a server that is asked one VM at a time would
// leave 50 kB behind with each answer.
var idle = sync.Pool{New: func() any { return new(buffers) }}
