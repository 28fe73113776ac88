package metrics

import (
	"testing"
	"time"
)

// What a prediction costs beside the model: to be timed, and to be counted.
func BenchmarkPredicted(b *testing.B) {
	m := New(Build{})
	b.ReportAllocs()
	for b.Loop() {
		begun := time.Now()
		m.PredictionTook(EndpointPredict, time.Since(begun), 1)
		m.Predicted(EndpointPredict, SupportSite, summary(156.25, 8120, 0.875, 121, 204.5))
	}
}

// What a request costs beside its answer, with and without an id.
func BenchmarkAnswered(b *testing.B) {
	for name, id := range map[string]string{"id": "IH7Z6VFZACNCCN4AEQCLITNZVV", "none": ""} {
		b.Run(name, func(b *testing.B) {
			m := New(Build{})
			b.ReportAllocs()
			for b.Loop() {
				m.Answered("POST", "/predict", 200, 500*time.Microsecond, id)
			}
		})
	}
}
