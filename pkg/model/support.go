package model

import (
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// answerer is an expert with what has to be carried over to its answers.
type answerer struct {
	*expert
	support  prediction.Support
	transfer transfer // zero where nothing is
}

// answerer is the one that answers for a VM.
func (m *Model) answerer(x migration.Features) answerer {
	near := m.measured != nil && m.near(x)
	switch {
	case near:
		return answerer{m.measured, prediction.Measured, transfer{}}
	case m.simulated == nil:
		return answerer{m.measured, prediction.Simulated, m.transfer}
	}
	return answerer{m.simulated, prediction.Simulated, m.transfer}
}

// examinee is the one that is examined on what is known of an example. Of one that
// really happened it is who would have answered its operator. Of a simulated one it is
// the expert for that world as it is: what is carried over is for the real one.
func (m *Model) examinee(e *Example, known migration.Features) answerer {
	if e.measured() {
		return m.answerer(known)
	}
	return answerer{m.world(e), prediction.Simulated, transfer{}}
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
		if r.MeasuredRows == 0 || !r.Measured.holds(placed(f, x)) {
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
