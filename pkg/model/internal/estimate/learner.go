package estimate

import (
	"math"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
)

// Mode says how physics and forest work together for one quantity.
type Mode string

// The modes.
const (
	Alone    Mode = "forest"   // the forest sees nothing of the physics
	Column   Mode = "column"   // the forest learns the logarithm itself, with what the physics says among its columns
	Residual Mode = "residual" // as Column, but it learns what the analytic estimate leaves, where there is one
)

// Modes are all that a learner can have.
var Modes = []Mode{Alone, Column, Residual}

// Learner is one forest of a regressor, with what its answer is added to.
type Learner struct {
	Target evaluate.Target
	Mode   Mode
	Middle float64 // mean logarithm of the training rows: the base where there is no estimate
	Forest *forest.Forest
}

// Base returns what the forest's answer is added to, in log ms.
func (l *Learner) Base(p *Physics) float64 {
	estimate := p.Estimate(l.Target)
	if l.Mode != Residual || math.IsNaN(estimate) {
		return l.Middle
	}
	return estimate
}

// Mean returns the predicted logarithm.
func (l *Learner) Mean(row []float64, p *Physics) float64 {
	return l.Base(p) + l.Forest.PredictRow(row)
}

// farLog is beyond all logarithms that a forest is trained on, but not so far that the targets of a forged one
// overflow.
const farLog = 1e6

// Fill makes d of the leaf rows in b and the forest's mean.
func (l *Learner) Fill(d *Distribution, b *Buffers, mean float64, p *Physics, m Levels) {
	b.sample = b.sample[:0]
	for _, leaf := range b.Leaves {
		b.sample = append(b.sample, weighted{min(max(leaf.Target, -farLog), farLog), leaf.Weight})
	}
	d.reset(b.sample, mean, m)
	d.shift = l.Base(p)
}
