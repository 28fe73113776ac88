package source

import (
	"fmt"
	"time"

	"vmmp/pkg/migration"
)

// Observed returns an observation of which nothing is known yet.
func Observed(vm VM, at time.Time) Observation {
	return Observation{VM: vm, At: at, Origins: map[migration.Feature]Origin{}}
}

// Tell sets a feature, with where it comes from and when it was true. What is not a number, or out of the feature's
// bounds, stays unknown, and a note says so of the latter.
func (o *Observation) Tell(f migration.Feature, v float64, from string, at time.Time) {
	var x migration.Features
	x.Set(f, v)
	o.tell(f, x, from, at)
}

// TellCurve sets the dirty curve in the same way.
func (o *Observation) TellCurve(points []migration.Point, from string, at time.Time) {
	var x migration.Features
	x.SetPoints(points)
	o.tell(migration.DirtyCurve, x, from, at)
}

func (o *Observation) tell(f migration.Feature, x migration.Features, from string, at time.Time) {
	if !x.Known().Has(f) {
		return
	}
	if faults := x.CheckBounds(); len(faults) > 0 {
		o.Notes = append(o.Notes, fmt.Sprintf("%s of %s is left out: %v", f, from, faults[0]))
		return
	}
	o.Features = x.Or(o.Features)
	o.Origins[f] = Origin{From: from, Age: max(0, o.At.Sub(at))}
}
