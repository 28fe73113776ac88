package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// State shows what the server does with its model and its history.
type State struct {
	ModelReloads  *prometheus.CounterVec // {result}
	Recorded      *prometheus.CounterVec // {source, status}: migrations taken into the history
	HistoryErrors *prometheus.CounterVec // {operation}
	Ready         prometheus.Gauge       // 1 while /ready says yes
}

// add makes the instruments.
func (m *State) add(factory promauto.Factory) {
	m.ModelReloads = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NameModelReloads,
		Help: "Attempts to load a model while serving, by result; after a failure the model in use stays.",
	}, []string{"result"})
	m.Recorded = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NameRecorded,
		Help: "Migrations taken into the history, by where they came from and how they ended.",
	}, []string{"source", "status"})
	m.HistoryErrors = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NameHistoryErrors,
		Help: "Operations on the history that failed for a reason of its own, not of the request.",
	}, []string{"operation"})
	m.Ready = factory.NewGauge(prometheus.GaugeOpts{
		Name: NameReady,
		Help: "1 while the server takes requests, 0 before and while it shuts down.",
	})
	show(m.ModelReloads, reloads)
	show(m.Recorded, sources, statuses)
	show(m.HistoryErrors, operations)
}
