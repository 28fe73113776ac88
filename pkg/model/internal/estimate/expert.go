package estimate

import (
	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// Expert holds what was learned of the migrations of one domain: of those that really happened, or of simulated ones.
// What is a large error in one domain is hardly known in the other, so that each has forests and calibrations of its
// own.
type Expert struct {
	Downtime, Total Regressor
	Converge        Classifier
	Widths          Widths
	Place           precopy.Site  // where its physics is computed for
	Usual           migration.Set // features that nine in ten of its training rows knew
}

// Input returns what the forests predict a VM from: the physics, the class, and the columns, which it appends to
// row[:0].
func (e *Expert) Input(row []float64, x migration.Features) (Physics, Class, []float64) {
	return e.InputAt(&e.Place, row, x)
}

// InputAt returns the same with the physics of another place.
func (e *Expert) InputAt(place *precopy.Site, row []float64, x migration.Features) (Physics, Class, []float64) {
	p := Analyse(place, x)
	return p, ClassOf(x.Known(), e.Usual, &p), AppendRow(row[:0], x, &p)
}

// Regressor returns the expert's regressor of a quantity.
func (e *Expert) Regressor(t evaluate.Target) *Regressor {
	if t == evaluate.TotalTime {
		return &e.Total
	}
	return &e.Downtime
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
