package estimate

import (
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// view is a VM as one expert sees it.
type view struct {
	expert     *Expert
	weight     float64 // of what the expert says
	correction Correction
	outside    bool
	physics    Physics
	class      Class
	row        []float64 // of columns
}

// views returns x as those see it who answer, without the timeout, which decides nothing before it is over.
func (from *Estimator) views(b *Buffers, x migration.Features) []view {
	x = x.Only(migration.Everything &^ migration.Of(migration.TimeoutS))
	b.views = b.views[:0]
	if from.Own != nil && from.Weight > 0 {
		b.see(view{expert: from.Own, weight: from.Weight, outside: from.Outside}, x)
	}
	if from.Prior != nil && from.Weight < 1 {
		b.see(view{
			expert: from.Prior, weight: 1 - from.Weight, correction: from.Correction, outside: from.Outside,
		}, x)
	}
	return b.views
}

// see adds a view of x.
func (b *Buffers) see(v view, x migration.Features) {
	i := len(b.views)
	v.physics, v.class, b.rows[i] = v.expert.InputAt(v.correction.place(v.expert), b.rows[i], x)
	v.row = b.rows[i]
	b.views = append(b.views, v)
}

// regressor returns the expert's regressor of a quantity.
func (v *view) regressor(t evaluate.Target) *Regressor { return v.expert.Regressor(t) }

// weightIn returns the weight of what the expert says of a quantity, 0 where it says nothing.
func (v *view) weightIn(t evaluate.Target) float64 {
	if v.regressor(t).Empty() {
		return 0
	}
	return v.weight
}

// converges returns the probability of switching over by itself, whenever.
func converges(views []view) float64 {
	p := 0.0
	for i := range views {
		v := &views[i]
		if v.outside && v.physics.Computed {
			p += v.weight * v.physics.convergence()
		} else {
			p += v.weight * v.expert.Converge.Probability(v.row, v.class)
		}
	}
	return p
}
