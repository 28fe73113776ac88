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
// x is within their range. A working set is the physics' to use, whether or not any
// row knew one. Where there are simulated ones beside them, x must also
// know enough for the physics: who says less may speak of any VM, and the
// simulated ones stand for those.
func (m *Model) near(x migration.Features) bool {
	if m.simulated != nil && !computable(x.Known()) {
		return false
	}
	for f := range x.Known().All() {
		r := m.schema[f]
		if f == migration.WorkingSetMiB && r.MeasuredRows == 0 {
			continue
		}
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
