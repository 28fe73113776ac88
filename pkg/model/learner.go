package model

import (
	"context"
	"fmt"
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
	Residual Mode = "residual" // the forest learns what the analytic estimate leaves, where that can be computed; columns as before
)

// modes are all that a learner can have.
var modes = []Mode{Alone, Column, Residual}

// learner is one forest of a regressor, with what its answer is added to.
type learner struct {
	target evaluate.Target
	mode   Mode
	middle float64 // mean logarithm of the training rows: the base where there is no estimate
	forest *forest.Forest
}

// fit grows the learner's forest on the part of a design that knows the quantity.
func (l *learner) fit(ctx context.Context, rows part, c forest.Config) (forest.Data, error) {
	l.middle = rows.meanLog()
	z := make([]float64, len(rows.y))
	for k, y := range rows.y {
		z[k] = logMS(y) - l.base(&rows.row(k).physics)
	}
	data := rows.data(z, l.mode != Alone)
	var err error
	if l.forest, err = forest.Fit(ctx, data, c); err != nil {
		return data, fmt.Errorf("grow the forest for %s: %w", targetName(l.target), err)
	}
	return data, nil
}

// base is what the forest's answer is added to, in log ms.
func (l *learner) base(p *physics) float64 {
	estimate := p.estimate(l.target)
	if l.mode != Residual || math.IsNaN(estimate) {
		return l.middle
	}
	return estimate
}

// mean is the predicted logarithm.
func (l *learner) mean(row []float64, p *physics) float64 {
	return l.base(p) + l.forest.PredictRow(row)
}

// farLog is beyond all logarithms that a forest is trained on, but not so far that
// the targets of a forged one overflow.
const farLog = 1e6

// fill makes d of the leaf rows in b and the forest's mean.
func (l *learner) fill(d *distribution, b *buffers, mean float64, p *physics, m levels) {
	b.sample = b.sample[:0]
	for _, leaf := range b.leaves {
		b.sample = append(b.sample, weighted{min(max(leaf.Target, -farLog), farLog), leaf.Weight})
	}
	d.reset(b.sample, mean, m)
	d.shift = l.base(p)
}

func targetName(t evaluate.Target) string {
	if t == evaluate.TotalTime {
		return "total time"
	}
	return "downtime"
}
