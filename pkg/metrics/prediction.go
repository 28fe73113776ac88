package metrics

import (
	"time"

	"vmmp/pkg/prediction"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// predictionBuckets reach from the answer of a small forest to an explanation of many features.
var predictionBuckets = []float64{
	5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
}

// The bounds of buckets. Those of the downtime lie closest around 300 ms, the limit that QEMU sets unless told
// otherwise.
var (
	downtimeBuckets = []float64{
		0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 20, 50, 100,
	}
	totalTimeBuckets  = []float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800}
	confidenceBuckets = []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}
)

// Prediction shows what is predicted.
type Prediction struct {
	Predictions        *prometheus.CounterVec   // {endpoint, support}: one for each answered row
	PredictionDuration *prometheus.HistogramVec // {endpoint}: seconds, see PredictionTook
	PredictedDowntime  prometheus.Histogram     // seconds
	PredictedTotalTime prometheus.Histogram     // seconds
	Confidence         prometheus.Histogram     // 0 to 1
	IntervalWidth      prometheus.Histogram     // seconds, upper minus lower
	Warnings           *prometheus.CounterVec   // {kind}
	PredictionFaults   *prometheus.CounterVec   // {endpoint}: rows or requests refused for their input
	Simulated          *prometheus.CounterVec   // {mode, status}: migrations of GET /simulate
}

// add makes the instruments.
func (m *Prediction) add(factory promauto.Factory) {
	m.Predictions = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NamePredictions,
		Help: "Predictions made, by what was asked and by what they rest on: " +
			"migrations of the site, of other sites, or simulated ones.",
	}, []string{"endpoint", "support"})
	m.PredictionDuration = factory.NewHistogramVec(native(prometheus.HistogramOpts{
		Name:    NamePredictionDuration,
		Buckets: predictionBuckets,
		Help: "Time that the model took for a prediction, by what was asked; " +
			"of the rows of a batch, which it answers together, each counts its share.",
	}), []string{"endpoint"})
	m.PredictedDowntime = factory.NewHistogram(native(prometheus.HistogramOpts{
		Name:    NamePredictedDowntime,
		Help:    "Predicted downtime.",
		Buckets: downtimeBuckets,
	}))
	m.PredictedTotalTime = factory.NewHistogram(prometheus.HistogramOpts{
		Name:    NamePredictedTotal,
		Help:    "Predicted time from the start of a migration to its end, where the model knows it.",
		Buckets: totalTimeBuckets,
	})
	m.Confidence = factory.NewHistogram(prometheus.HistogramOpts{
		Name:    NameConfidence,
		Help:    "Probability, as predicted, that a predicted downtime is off by at most 25 % of the real one.",
		Buckets: confidenceBuckets,
	})
	m.IntervalWidth = factory.NewHistogram(prometheus.HistogramOpts{
		Name:    NameIntervalWidth,
		Help:    "Width of the interval that a downtime is predicted to lie in.",
		Buckets: downtimeBuckets,
	})
	m.Warnings = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NameWarnings,
		Help: "Warnings given with predictions, by kind.",
	}, []string{"kind"})
	m.PredictionFaults = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NamePredictionFaults,
		Help: "Requests, or rows of a batch, refused for their input, by what was asked.",
	}, []string{"endpoint"})
	m.Simulated = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NameSimulated,
		Help: "Migrations simulated by GET /simulate, by mode and by how they ended.",
	}, []string{"mode", "status"})
	for _, endpoint := range endpoints {
		m.PredictionDuration.WithLabelValues(endpoint)
	}
	show(m.Predictions, endpoints, supports)
	show(m.Warnings, warnings)
	show(m.PredictionFaults, endpoints)
	show(m.Simulated, modes, statuses)
}

// Predicted counts one prediction by what was asked and by what it rests on. What is NaN or infinite is unknown and
// left out.
func (m *Prediction) Predicted(endpoint string, support prediction.Support, s prediction.Summary) {
	m.Predictions.WithLabelValues(endpoint, string(support)).Inc()
	observe(m.PredictedDowntime, s.DowntimeMS/1000)
	if s.TotalTimeMS != nil {
		observe(m.PredictedTotalTime, *s.TotalTimeMS/1000)
	}
	observe(m.Confidence, s.Confidence)
	observe(m.IntervalWidth, (s.UpperMS-s.LowerMS)/1000)
}

// PredictionTook observes how long the model took for n predictions together.
func (m *Prediction) PredictionTook(endpoint string, took time.Duration, n int) {
	durations := m.PredictionDuration.WithLabelValues(endpoint)
	for range n {
		durations.Observe(took.Seconds() / float64(n))
	}
}
