package model

import (
	"fmt"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// warn says what to beware of in the answer to x.
func (a *answer) warn(p *prediction.Prediction, m *Model, x migration.Features) {
	p.Warnings = []string{} // an empty array in JSON
	if a.converges < convergenceDoubt {
		p.Warn(prediction.NotConverging, notConverging(a.converges, x))
	}
	for _, text := range outside(m.schema, x) {
		p.Warn(prediction.OutsideRange, text)
	}
	if a.support == prediction.Simulated {
		rests := "rests on simulated ones"
		if m.simulated == nil {
			rests = "is extrapolated from those that were"
		}
		p.Warn(prediction.NotMeasured, "no measured migration lies near: the answer "+rests+
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
