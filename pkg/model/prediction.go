package model

import (
	"math"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Ask says what to answer beyond the prediction itself.
type Ask struct {
	Explain bool
	Within  time.Duration // ask for the probability of a pause at most this long; 0: do not
	Key     []byte        // signs the prediction_id; empty: it is not signed
}

// convergenceDoubt is the probability of convergence below which a warning says
// that none is expected.
const convergenceDoubt = 0.5

// Predict answers what is known of a VM. Any subset of the features is answered,
// the empty one too; x must be valid (migration.Features.Validate).
func (m *Model) Predict(x migration.Features, ask Ask) prediction.Prediction {
	b := idle.Get().(*buffers)
	defer idle.Put(b)
	return m.predict(b, x, ask)
}

func (m *Model) predict(b *buffers, x migration.Features, ask Ask) prediction.Prediction {
	a := m.answer(b, x)
	forecast := a.expert.downtime.forecast(a.downtime, a.class)
	p := prediction.Prediction{
		PredictedDowntime: forecast.Point, Confidence: forecast.Confidence, Status: "success",
		Interval:               prediction.Interval{Lower: forecast.Lower, Upper: forecast.Upper, Level: 0.9},
		PredictedTotalTimeMS:   prediction.Number(a.totalTime()),
		ConvergenceProbability: a.converges,
		Support:                a.support,
		Model:                  m.Identity(),
		Hints:                  m.hintsFor(a.expert, x.Known()),
	}
	a.warn(&p, m, x)
	if ask.Within > 0 {
		probability := a.within(float64(ask.Within) / float64(time.Millisecond))
		p.ProbabilityWithinLimit = &probability
	}
	if ask.Explain {
		e := m.Explain(x)
		p.Explanation = &e
	}
	p.PredictionID = prediction.ID{Model: m.id, Features: x, Summary: p.Summary()}.Encode(ask.Key)
	return p
}

// Identity names the model.
func (m *Model) Identity() prediction.Identity {
	return prediction.Identity{ID: m.id, TrainedAt: m.provenance.TrainedAt}
}

// answer is what the forests say of one VM.
type answer struct {
	expert    *expert
	class     class
	physics   physics
	row       []float64
	downtime  *distribution // widened where the support is simulated; in the asker's buffers
	converges float64
	support   prediction.Support
}

// answer asks who answers for x.
func (m *Model) answer(b *buffers, x migration.Features) answer {
	return m.answerer(x).answer(b, x)
}

// answer asks the expert's forests, and carries over what is to be.
func (from answerer) answer(b *buffers, x migration.Features) answer {
	a := answer{expert: from.expert, support: from.support, downtime: &b.distribution}
	a.physics, a.class = from.asks(b, x)
	a.row = b.row
	from.downtime.predict(a.downtime, b, a.row, &a.physics, a.class)
	from.transfer.carry(a.downtime)
	a.converges = from.converge.probability(a.row, a.class)
	return a
}

// logDowntime is the predicted downtime as a logarithm, and nothing else.
func (from answerer) logDowntime(b *buffers, x migration.Features) float64 {
	return stretch(from.expert.logDowntime(b, x), from.transfer.Dirty)
}

// within is the probability that pre-copy switches over by itself and that the
// pause is at most ms.
func (a *answer) within(ms float64) float64 {
	return a.converges * a.downtime.probability(logMS(ms))
}

// totalTime is the predicted total time in ms, NaN where no training row told.
func (a *answer) totalTime() float64 {
	if a.expert.total.empty() {
		return math.NaN()
	}
	return inMS(a.expert.total.mean(a.row, &a.physics))
}

// PredictAll answers many VMs, in order, on all processors.
func (m *Model) PredictAll(xs []migration.Features, ask Ask) []prediction.Prediction {
	predictions := make([]prediction.Prediction, len(xs))
	parallel(len(xs), func(b *buffers, i int) { predictions[i] = m.predict(b, xs[i], ask) })
	return predictions
}
