package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics holds the instruments. Labels are given in the order in which they stand in braces.
type Metrics struct {
	Prediction
	HTTP
	State
	Model    Model
	Accuracy Accuracy

	registry *prometheus.Registry
}

// New returns the instruments on a registry of their own, together with those of the Go runtime and of the process.
func New(b Build) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(b),
	)
	factory := promauto.With(m.registry)
	m.Prediction.add(factory)
	m.HTTP.add(factory)
	m.State.add(factory)
	m.Model.add(m.registry)
	m.Accuracy.add(m.registry)
	return m
}

// Registry returns what a handler for /metrics gathers from.
func (m *Metrics) Registry() *prometheus.Registry {
	return m.registry
}

// ShowHost makes every scrape show what read returns, or nothing if that is false. The scrape waits for it. A second
// call panics.
func (m *Metrics) ShowHost(read func() (HostReading, bool)) {
	m.registry.MustRegister(hostCollector(read))
}
