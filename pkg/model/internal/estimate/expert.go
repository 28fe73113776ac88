package estimate

import (
	"math"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// Expert holds what was learned of the migrations of one domain: of those that really happened, or of simulated ones.
// What is a large error in one domain is hardly known in the other, so that each has forests and calibrations of its
// own.
type Expert struct {
	Downtime, Total Regressor
	Converge        Classifier
	Widths          Widths
	Usual           migration.Set // features that nine in ten of its training rows knew
}

// Input returns what the forests predict a VM from: the physics, the class, and in b.Row the columns.
func (e *Expert) Input(b *Buffers, x migration.Features) (Physics, Class) {
	p := Analyse(x)
	b.Row = AppendRow(b.Row[:0], x, &p)
	return p, ClassOf(x.Known(), e.Usual, &p)
}

// Regressor returns the expert's regressor of a quantity.
func (e *Expert) Regressor(t evaluate.Target) *Regressor {
	if t == evaluate.TotalTime {
		return &e.Total
	}
	return &e.Downtime
}

// TotalTime returns the predicted total time in ms, NaN where no training row told.
func (e *Expert) TotalTime(row []float64, p *Physics) float64 {
	if e.Total.Empty() {
		return math.NaN()
	}
	return InMS(e.Total.Mean(row, p))
}

// Convergence returns the probability of switching over.
func (e *Expert) Convergence(b *Buffers, x migration.Features) float64 {
	_, c := e.Input(b, x)
	return e.Converge.Probability(b.Row, c)
}

// LogDowntime returns the logarithm of the predicted downtime in ms.
func (e *Expert) LogDowntime(b *Buffers, x migration.Features) float64 {
	p, _ := e.Input(b, x)
	return e.Downtime.Mean(b.Row, &p)
}

// Forests returns where the expert's forests are, in the order of the file.
func (e *Expert) Forests() []**forest.Forest {
	d, t := &e.Downtime.Learners, &e.Total.Learners
	return []**forest.Forest{&d[0].Forest, &d[1].Forest, &t[0].Forest, &t[1].Forest, &e.Converge.Forest}
}

// Complete reports whether the expert has the forests that it needs, and whether those keep the rows that distributions
// are made of.
func (e *Expert) Complete() bool {
	return !e.Downtime.Empty() && e.Converge.Forest != nil && e.Downtime.keepsRows() && e.Total.keepsRows()
}
