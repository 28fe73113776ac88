package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Model shows the model in use: no scrape sees two of them, or none, or the figures of another.
type Model struct {
	Info                *prometheus.GaugeVec // {id, trained_at}: 1
	Trained             *prometheus.GaugeVec // seconds since 1970
	Loaded              *prometheus.GaugeVec // the same
	TrainingRows        *prometheus.GaugeVec // {source}
	TestRows            *prometheus.GaugeVec
	MedianRelativeError *prometheus.GaugeVec
	Coverage            *prometheus.GaugeVec // share of downtimes inside their interval
	LogR2               *prometheus.GaugeVec

	all whole
}

// A ModelReading is a model. What is zero, NaN or infinite is unknown and not shown.
type ModelReading struct {
	ID           string
	Trained      time.Time
	Loaded       time.Time      // into service
	TrainingRows map[string]int // by source; what is not on the list counts as Other
	Test         TestReading
}

// A TestReading is how well a model did on rows that were held out of its training. Without rows nothing is known.
type TestReading struct {
	Rows                int
	MedianRelativeError float64 // as a fraction
	Coverage            float64 // 0 to 1
	LogR2               float64
}

// Set shows this model, and no other any more.
func (m *Model) Set(r ModelReading) {
	m.all.change(func() {
		for _, part := range m.all.parts {
			part.(*prometheus.GaugeVec).Reset()
		}
		m.show(r)
	})
}

func (m *Model) show(r ModelReading) {
	trainedAt := ""
	if !r.Trained.IsZero() {
		trainedAt = r.Trained.UTC().Format(time.RFC3339)
	}
	m.Info.WithLabelValues(r.ID, trainedAt).Set(1)
	setTime(m.Trained, r.Trained)
	setTime(m.Loaded, r.Loaded)
	for source, rows := range r.TrainingRows {
		m.TrainingRows.WithLabelValues(oneOf(trainingSources, source)).Add(float64(rows))
	}
	if r.Test.Rows > 0 {
		m.TestRows.WithLabelValues().Set(float64(r.Test.Rows))
		set(m.MedianRelativeError, r.Test.MedianRelativeError)
		set(m.Coverage, r.Test.Coverage)
		set(m.LogR2, r.Test.LogR2)
	}
}

// add makes the gauges and registers them as one.
func (m *Model) add(to prometheus.Registerer) {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		m.all.parts = append(m.all.parts, g)
		return g
	}
	m.Info = gauge(NameModelInfo,
		"1 for the model in use, labelled by its id and by when it was trained.", "id", "trained_at")
	m.Trained = gauge(NameModelTrained,
		"When the model in use was trained: the date that its maker gave it, else that of its newest training row.")
	m.Loaded = gauge(NameModelLoaded, "When the model in use came into service.")
	m.TrainingRows = gauge(NameModelTrainingRows,
		"Rows that the model in use was made from, those held out to test it included, by where they came from.", "source")
	m.TestRows = gauge(NameModelTestRows, "Rows held out of the training that the model in use was tested on.")
	m.MedianRelativeError = gauge(NameModelMedianRelativeError,
		"Median of |predicted - real| / real downtime on the rows held out of the training.")
	m.Coverage = gauge(NameModelCoverage,
		"Share of the downtimes held out of the training that lay inside the predicted interval.")
	m.LogR2 = gauge(NameModelLogR2, "R2 of the predicted downtime in log space on the rows held out of the training.")
	to.MustRegister(&m.all)
}
