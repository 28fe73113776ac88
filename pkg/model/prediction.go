package model

import (
	"math"
	"sync"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// Options say what to answer beyond the prediction itself.
type Options struct {
	Explain bool
	Within  time.Duration // ask for the probability of a pause at most this long; 0: do not
	Key     []byte        // signs the prediction_id; empty: it is not signed
	// Measured are features that a program read: of these no slip of a unit is suspected.
	Measured migration.Set
}

// idle are buffers that nobody uses: a server that is asked one VM at a time would leave 50 kB behind with each answer.
var idle = sync.Pool{New: func() any { return new(estimate.Buffers) }}

// Predict returns the prediction for a VM of which x is known. Any subset of the features is answered, the empty one
// too; x must be valid (migration.Features.Validate).
func (m *Model) Predict(x migration.Features, o Options) prediction.Prediction {
	b := idle.Get().(*estimate.Buffers)
	defer idle.Put(b)
	return m.predict(b, x, o)
}

// PredictAll returns the predictions for many VMs, in order, made on all processors.
func (m *Model) PredictAll(xs []migration.Features, o Options) []prediction.Prediction {
	predictions := make([]prediction.Prediction, len(xs))
	estimate.Parallel(len(xs), func(b *estimate.Buffers, i int) { predictions[i] = m.predict(b, xs[i], o) })
	return predictions
}

func (m *Model) predict(b *estimate.Buffers, x migration.Features, o Options) prediction.Prediction {
	from := m.experts.Estimator(x)
	a := from.Answer(b, x, float64(o.Within)/float64(time.Millisecond))
	p := prediction.Prediction{
		PredictedDowntime: a.Downtime.Point, Confidence: a.Downtime.Confidence, Status: "success",
		Interval:               *interval(a.Downtime),
		PredictedTotalTimeMS:   prediction.Number(a.Total.Point),
		TotalTimeInterval:      interval(a.Total),
		ConvergenceProbability: a.Converges,
		Support:                from.Support,
		Model:                  m.Identity(),
		Hints:                  m.hintsFor(from.Main(), x.Known()),
	}
	m.warn(&p, x, o.Measured)
	if o.Within > 0 {
		p.ProbabilityWithinLimit = &a.Within
	}
	if o.Explain {
		e := m.Explain(x)
		p.Explanation = &e
	}
	p.PredictionID = prediction.ID{Model: m.id, Features: x, Summary: p.Summary()}.Encode(o.Key)
	return p
}

// interval returns where a forecast holds its quantity nine times in ten, nil where it is of nothing.
func interval(f evaluate.Forecast) *prediction.Interval {
	if math.IsNaN(f.Point) {
		return nil
	}
	return &prediction.Interval{Lower: f.Lower, Upper: f.Upper, Level: 0.9}
}
