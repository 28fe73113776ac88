package model

import (
	"math"

	"vmmp/pkg/migration"
)

// Support says what an answer rests on.
type Support string

// The kinds of support.
const (
	Measured  Support = "measured"  // real migrations lie near
	Simulated Support = "simulated" // only simulated ones do
)

// transferSigma is the error, in the logarithm, that simulated answers have in the
// real world beyond what they know of, until real rows measure it: on 361 real
// migrations of unseen workloads the analytic model was 20.1 % off in the median
// (sigma 0.30), of which repeated settings explain 10 % (sigma 0.15).
const transferSigma = 0.26

// expert is the one that answers for a VM, and what its answer rests on.
func (m *Model) expert(x migration.Features) (*expert, Support) {
	near := m.measured != nil && m.near(x)
	switch {
	case near:
		return m.measured, Measured
	case m.simulated == nil:
		return m.measured, Simulated
	}
	return m.simulated, Simulated
}

// near says whether real migrations lie near x: they knew all that x knows, and
// x is within their range. Where there are simulated ones beside them, x must also
// know enough for the physics: who says less may speak of any VM, and the
// simulated ones stand for those.
func (m *Model) near(x migration.Features) bool {
	if m.simulated != nil && !computable(x.Known()) {
		return false
	}
	for f := range x.Known().All() {
		r := m.schema[f]
		if v := x.Get(f); r.MeasuredRows == 0 || !math.IsNaN(v) && !r.Measured.holds(v) {
			return false
		}
	}
	return true
}

// world is the expert that knows the world an example is of; where it has none,
// the other.
func (m *Model) world(e *Example) *expert {
	if m.simulated == nil || m.measured != nil && e.measured() {
		return m.measured
	}
	return m.simulated
}

// measuredSigma is the physics' error on the examples that really happened, in
// the logarithm; transferSigma where those are too few to tell.
func measuredSigma(examples []Example) float64 {
	var off []float64
	for i := range examples {
		y, ok := downtimeMS(examples[i].Outcome)
		if p := analyse(examples[i].Features); ok && p.computed && examples[i].measured() {
			off = append(off, logMS(y)-p.downtime)
		}
	}
	if len(off) < fewestExamples {
		return transferSigma
	}
	return robustSigma(off)
}

// robustSigma is the half-width of the central 68 % of v.
func robustSigma(v []float64) float64 {
	m := levelsOf(v)
	return roundTo((m.quantile(0.84) - m.quantile(0.16)) / 2)
}
