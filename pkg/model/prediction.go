package model

import (
	"math"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// Prediction is the answer to what is known of a VM. Its JSON is a contract.
type Prediction struct {
	PredictedDowntime      float64         `json:"predicted_downtime" doc:"the pause of the guest in ms, given that pre-copy switches over by itself"`
	Confidence             float64         `json:"confidence" doc:"probability of being off by at most a quarter of the real downtime"`
	Status                 string          `json:"status" doc:"success, always: what cannot be answered is an error"`
	Interval               Interval        `json:"interval" doc:"where the downtime lies, given that pre-copy switches over by itself"`
	PredictedTotalTimeMS   evaluate.Number `json:"predicted_total_time_ms" doc:"from the start of the migration to its end in ms; null where no training row told"`
	ConvergenceProbability float64         `json:"convergence_probability" doc:"probability of switching over by itself within timeout_s, or 30 rounds where no timeout is known"`
	ProbabilityWithinLimit *float64        `json:"probability_within_limit,omitempty" doc:"probability of switching over by itself with a pause within the limit asked about; absent unless asked for"`
	Support                Support         `json:"support" doc:"measured where real migrations lie near, else simulated"`
	PredictionID           string          `json:"prediction_id" doc:"the prediction itself, to be sent back with what came of the migration"`
	Model                  Identity        `json:"model" doc:"the model that answered"`
	Warnings               []string        `json:"warnings" doc:"what to beware of, in words"`
	WarningKinds           []WarningKind   `json:"-"` // of the first of Warnings, one each; callers append their own behind them
	Hints                  []string        `json:"hints" doc:"what to measure to narrow the interval, and how"`
	Explanation            *Explanation    `json:"explanation,omitempty" doc:"why; absent unless asked for"`
}

// Interval holds the downtime with the probability Level.
type Interval struct {
	Lower float64 `json:"lower" doc:"lower end in ms"`
	Upper float64 `json:"upper" doc:"upper end in ms"`
	Level float64 `json:"level" doc:"probability of the downtime lying between the two"`
}

// Identity names the model that answered.
type Identity struct {
	ID        string     `json:"id" doc:"first 12 hexadecimal digits of the SHA-256 that ends the model's file"`
	TrainedAt *time.Time `json:"trained_at,omitempty" doc:"date that its maker gave it, else of its newest training row; absent where neither is known"`
}

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
func (m *Model) Predict(x migration.Features, ask Ask) Prediction {
	b := idle.Get().(*buffers)
	defer idle.Put(b)
	return m.predict(b, x, ask)
}

func (m *Model) predict(b *buffers, x migration.Features, ask Ask) Prediction {
	a := m.answer(b, x)
	forecast := a.expert.downtime.forecast(a.downtime, a.class)
	p := Prediction{
		PredictedDowntime: forecast.Point, Confidence: forecast.Confidence, Status: "success",
		Interval:               Interval{forecast.Lower, forecast.Upper, 0.9},
		PredictedTotalTimeMS:   evaluate.Number(a.totalTime()),
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
	p.PredictionID = newTicket(m.id, x, &p).encode(ask.Key)
	return p
}

// Identity names the model.
func (m *Model) Identity() Identity { return Identity{m.id, m.provenance.TrainedAt} }

// answer is what the forests say of one VM.
type answer struct {
	expert    *expert
	class     class
	physics   physics
	row       []float64
	downtime  *distribution // widened where the support is simulated; in the asker's buffers
	converges float64
	support   Support
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
func (m *Model) PredictAll(xs []migration.Features, ask Ask) []Prediction {
	predictions := make([]Prediction, len(xs))
	parallel(len(xs), func(b *buffers, i int) { predictions[i] = m.predict(b, xs[i], ask) })
	return predictions
}
