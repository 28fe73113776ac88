package model

import (
	"fmt"

	"vmmp/pkg/migration"
)

// WarningKind says what a warning is about, for whoever counts them.
type WarningKind string

// The kinds of warnings.
const (
	NotConverging WarningKind = "not_converging" // pre-copy is not expected to switch over by itself
	OutsideRange  WarningKind = "outside_range"  // a feature is outside what the model was trained on
	NotMeasured   WarningKind = "not_measured"   // no real migration lies near
)

// warn adds one warning.
func (p *Prediction) warn(kind WarningKind, text string) {
	p.Warnings = append(p.Warnings, text)
	p.WarningKinds = append(p.WarningKinds, kind)
}

// warn says what to beware of in the answer to x.
func (a *answer) warn(p *Prediction, m *Model, x migration.Features) {
	p.Warnings = []string{} // an empty array in JSON
	if a.converges < convergenceDoubt {
		p.warn(NotConverging, notConverging(a.converges, x))
	}
	for _, text := range outside(m.schema, x) {
		p.warn(OutsideRange, text)
	}
	if a.support == Simulated {
		rests := "rests on simulated ones"
		if m.simulated == nil {
			rests = "is extrapolated from those that were"
		}
		p.warn(NotMeasured, "no measured migration lies near: the answer "+rests+
			", and the interval is widened by the error that the physics had on real ones")
	}
}

// notConverging warns of a pre-copy that is not expected to switch over by itself.
func notConverging(probability float64, x migration.Features) string {
	within := "30 rounds"
	if x.Known().Has(migration.TimeoutS) {
		within = fmt.Sprintf("%s s", short(x.Get(migration.TimeoutS)))
	}
	return fmt.Sprintf("pre-copy is not expected to converge within %s (probability %.2f): the predicted downtime holds only if it does; "+
		"more bandwidth, a longer downtime limit, auto-converge or post-copy would help", within, probability)
}
