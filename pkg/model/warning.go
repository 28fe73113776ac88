package model

import (
	"fmt"
	"strconv"
	"strings"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// convergenceDoubt is the probability of convergence below which a warning says that none is expected.
const convergenceDoubt = 0.5

// warn adds to p, the answer to x of which some was measured, what to beware of in it.
func (m *Model) warn(p *prediction.Prediction, x migration.Features, measured migration.Set) {
	p.Warnings = []string{} // an empty array in JSON
	if x.Get(migration.Migratable) == 0 {
		p.Warn(prediction.NotConverging, "the VM cannot be migrated: a device or a setting forbids it; "+
			"the times are those of a VM without it")
	} else if p.ConvergenceProbability < convergenceDoubt {
		p.Warn(prediction.NotConverging, notConverging(p.ConvergenceProbability, x))
	}
	for _, doubt := range x.Only(migration.Everything &^ measured).Doubts() {
		p.Warn(prediction.Contradiction, doubt.Location+" "+doubt.Message)
	}
	for _, text := range m.outside(x) {
		p.Warn(prediction.OutsideRange, text)
	}
	switch {
	case p.Support == prediction.OtherSite:
		p.Warn(prediction.NotMeasured, "based on simulation of sites of all kinds, and checked against real migrations like "+
			"this one made elsewhere: outcomes of your own site narrow it")
	case p.Support == prediction.Simulated && m.experts.Prior == nil:
		p.Warn(prediction.NotMeasured, "no migration of a VM like this is in the model: the answer is extrapolated")
	case p.Support == prediction.Simulated:
		p.Warn(prediction.NotMeasured, "based on simulation: no real migration of a VM like this is in the model")
	}
}

// notConverging warns of a pre-copy that is not expected to switch over by itself.
func notConverging(probability float64, x migration.Features) string {
	within := "30 rounds"
	if x.Known().Has(migration.TimeoutS) {
		within = fmt.Sprintf("%s s", short(x.Get(migration.TimeoutS)))
	}
	return fmt.Sprintf("pre-copy is not expected to converge within %s (probability %.2f): "+
		"the predicted downtime holds only if it does; "+
		"more bandwidth, a longer downtime limit, auto-converge or post-copy would help", within, probability)
}

// outside lists, in words, the known features that no training row comes near.
func (m *Model) outside(x migration.Features) []string {
	var warnings []string
	for f := range (x.Known() & estimate.Learned &^ migration.Of(migration.TimeoutS)).All() {
		d, r := f.Definition(), m.experts.Schema[f]
		switch v := estimate.Position(f, x); {
		case r.Rows == 0 && f == migration.WorkingSetMiB: // it is of use to the physics
		case r.Rows == 0 && x.AsAssumed(f): // the answer is for just that
		case r.Rows == 0:
			warnings = append(warnings, d.Name+" was not known of any training row: it is of no use to this model")
		case r.Rows > 0 && !r.Range.Holds(v):
			warnings = append(warnings, fmt.Sprintf("%s %s is outside the training range (%s): the answer is an extrapolation",
				d.Name, short(v), strings.TrimSpace(short(r.Range[0])+" to "+short(r.Range[1])+" "+d.Unit)))
		}
	}
	return warnings
}

// short writes v with at most six significant digits and no exponent.
func short(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	if err != nil {
		panic("model: a number that was written cannot be read: " + err.Error())
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
