package estimate

import (
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Experts are those of a model, with what decides which of them answers.
type Experts struct {
	Measured, Simulated *Expert    // by what their training rows were; nil without any, never both
	Adaptation          Adaptation // of an answer that rests on simulated rows to the real world
	Schema              []FieldRange
}

// Estimator is an expert with what its answers are adapted by.
type Estimator struct {
	*Expert
	Support    prediction.Support
	Adaptation Adaptation // zero where nothing is
}

// Estimator returns the one that answers for a VM.
func (es *Experts) Estimator(x migration.Features) Estimator {
	switch {
	case es.Measured != nil && es.near(x):
		return Estimator{es.Measured, prediction.Measured, Adaptation{}}
	case es.Simulated == nil:
		return Estimator{es.Measured, prediction.Simulated, es.Adaptation}
	}
	return Estimator{es.Simulated, prediction.Simulated, es.Adaptation}
}

// near reports whether real migrations lie near x: they knew all that x knows, and x is within their range. A working
// set is the physics' to use, whether or not any row knew one. Where there are simulated ones beside them, x must also
// know enough for the physics: who says less may speak of any VM, and the simulated ones stand for those.
func (es *Experts) near(x migration.Features) bool {
	if es.Simulated != nil && !Computable(x.Known()) {
		return false
	}
	for f := range x.Known().All() {
		r := es.Schema[f]
		if f == migration.WorkingSetMiB && r.MeasuredRows == 0 {
			continue
		}
		if r.MeasuredRows == 0 || !r.Measured.Holds(Position(f, x)) {
			return false
		}
	}
	return true
}

// Main returns the expert of real migrations, or the other where there is none.
func (es *Experts) Main() *Expert {
	if es.Measured != nil {
		return es.Measured
	}
	return es.Simulated
}

// Of returns the expert of the domain of real migrations or of simulated ones; where that has none, the other.
func (es *Experts) Of(measured bool) *Expert {
	if es.Simulated == nil || es.Measured != nil && measured {
		return es.Measured
	}
	return es.Simulated
}

// All returns the experts there are, in the order of the file.
func (es *Experts) All() []*Expert {
	var all []*Expert
	for _, e := range []*Expert{es.Measured, es.Simulated} {
		if e != nil {
			all = append(all, e)
		}
	}
	return all
}

// Answer is what the forests say of one VM.
type Answer struct {
	From      Estimator
	Class     Class
	Physics   Physics
	Row       []float64     // of columns; in the caller's buffers
	Downtime  *Distribution // adapted; in the caller's buffers
	Converges float64       // probability of switching over by itself
}

// Answer returns what the expert's forests say of a VM, adapted. It is valid until b is used again.
func (from Estimator) Answer(b *Buffers, x migration.Features) Answer {
	a := Answer{From: from, Downtime: &b.Distribution}
	a.Physics, a.Class = from.Input(b, x)
	a.Row = b.Row
	from.Downtime.Predict(a.Downtime, b, a.Row, &a.Physics, a.Class)
	from.Adaptation.Apply(a.Downtime)
	a.Converges = from.Converge.Probability(a.Row, a.Class)
	return a
}

// Within returns the probability that pre-copy switches over by itself and that the pause is at most ms.
func (a *Answer) Within(ms float64) float64 {
	return a.Converges * a.Downtime.probability(LogMS(ms))
}

// LogDowntime returns the logarithm of the predicted downtime in ms, and computes nothing else.
func (from Estimator) LogDowntime(b *Buffers, x migration.Features) float64 {
	return ScaleMemory(from.Expert.LogDowntime(b, x), from.Adaptation.Dirty)
}

// Forecast returns the forecast of one quantity. Total times are not adapted.
func (from Estimator) Forecast(b *Buffers, target evaluate.Target, x migration.Features) evaluate.Forecast {
	p, c := from.Input(b, x)
	r := from.Regressor(target)
	r.Predict(&b.Distribution, b, b.Row, &p, c)
	if target == evaluate.Downtime {
		from.Adaptation.Apply(&b.Distribution)
	}
	return r.Forecast(&b.Distribution, c)
}
