package metrics

import (
	"math"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// The bounds of buckets. Those of the downtime lie closest around 300 ms, the
// limit that QEMU sets unless told otherwise.
var (
	downtimeBuckets = []float64{
		0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 20, 50, 100,
	}
	totalTimeBuckets  = []float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800}
	confidenceBuckets = []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}
)

// addPredictions adds the instruments of predictions.
func (m *Metrics) addPredictions(factory promauto.Factory) {
	m.Predictions = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NamePredictions,
		Help: "Predictions made, by what was asked and by whether real migrations lie near (measured) or not (simulated).",
	}, []string{"endpoint", "support"})
	m.PredictedDowntime = factory.NewHistogram(prometheus.HistogramOpts{
		Name:    NamePredictedDowntime,
		Help:    "Predicted downtime.",
		Buckets: downtimeBuckets,
	})
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
	show(m.Predictions, endpoints, supports)
	show(m.Warnings, warnings)
	show(m.PredictionFaults, endpoints)
}

// Predicted counts one prediction. Times are in milliseconds, confidence is from
// 0 to 1. What is NaN or infinite is unknown and left out.
func (m *Metrics) Predicted(endpoint, support string, downtimeMS, totalMS, confidence, lowerMS, upperMS float64) {
	m.Predictions.WithLabelValues(endpoint, support).Inc()
	observe(m.PredictedDowntime, downtimeMS/1000)
	observe(m.PredictedTotalTime, totalMS/1000)
	observe(m.Confidence, confidence)
	observe(m.IntervalWidth, (upperMS-lowerMS)/1000)
}

// observe leaves out what is not a number: one of them would make the sum of a
// histogram NaN until the process ends.
func observe(h prometheus.Observer, v float64) {
	if known(v) {
		h.Observe(v)
	}
}

func known(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0)
}
