package estimate

import (
	"vmmp/pkg/evaluate"
)

// Regressor predicts the distribution of the logarithm of one quantity in ms. It has two learners, since those who can
// compute the physics and those who cannot have little to learn from each other: what is a large error to one is
// everyday to the other.
type Regressor struct {
	Target      evaluate.Target
	Learners    [2]Learner // without physics, with physics; an empty one had no rows
	Levels      Calibrations[Levels]
	Reliability Calibrations[Reliability] // of the confidence
	Physical    Physical                  // errors of the physics alone
}

// The learners of a regressor.
const (
	WithoutPhysics = iota
	WithPhysics
)

// Learner returns the index of the learner that rows with this physics belong to.
func (p *Physics) Learner() int {
	if p.Computed {
		return WithPhysics
	}
	return WithoutPhysics
}

// learner returns the one that answers for this physics: its own, or the other where its own had no rows.
func (r *Regressor) learner(p *Physics) *Learner {
	i := p.Learner()
	if r.Learners[i].Forest == nil {
		i = 1 - i
	}
	return &r.Learners[i]
}

// Empty reports whether the regressor had nothing to learn from.
func (r *Regressor) Empty() bool {
	return r.Learners[WithoutPhysics].Forest == nil && r.Learners[WithPhysics].Forest == nil
}

// Predict fills d with the distribution for one row of columns, and leaves the rows it rests on in b. Beyond what the
// trees have seen, and where they contradict the physics by more than they were ever right to, the physics decides.
func (r *Regressor) Predict(d *Distribution, b *Buffers, row []float64, p *Physics, c Class, outside bool) {
	l := r.learner(p)
	var mean float64
	b.Leaves, mean = l.Forest.LeafRowsMean(b.Leaves, row)
	if r.Physical.decides(p.Expects(r.Target), l.Base(p)+mean, outside) {
		r.Physical.fill(d, b, p.Expects(r.Target))
		return
	}
	l.Fill(d, b, mean, p, r.Levels.Of(c))
}

// Mean returns the predicted logarithm alone.
func (r *Regressor) Mean(row []float64, p *Physics, outside bool) float64 {
	mean := r.learner(p).Mean(row, p)
	if expected := p.Expects(r.Target); r.Physical.decides(expected, mean, outside) {
		return expected + r.Physical.Mean
	}
	return mean
}

// Forecast returns a distribution in ms.
func (r *Regressor) Forecast(d *Distribution, c Class) evaluate.Forecast {
	f := evaluate.Forecast{
		Point:      InMS(d.Center()),
		Lower:      InMS(min(d.quantile(0.05), d.Center())),
		Upper:      InMS(max(d.quantile(0.95), d.Center())),
		Confidence: r.Reliability.Of(c).Of(d.Within()),
	}
	for i, level := range evaluate.Levels {
		f.Quantiles[i] = InMS(d.quantile(level))
	}
	return f
}

// keepsRows reports whether the forests there are keep the rows that distributions are made of: a forest's leaves hold
// all some, or none.
func (r *Regressor) keepsRows() bool {
	for _, l := range r.Learners {
		if l.Forest != nil && len(l.Forest.LeafRows(nil, make([]float64, len(columns)))) == 0 {
			return false
		}
	}
	return true
}
