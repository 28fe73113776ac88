package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Build says which program is running.
type Build struct {
	Version   string
	Revision  string // of the source, empty where it is unknown
	GoVersion string
}

// Metrics are the instruments. Labels are given in the order in which they stand
// in braces.
type Metrics struct {
	// What was predicted.
	Predictions        *prometheus.CounterVec   // {endpoint, support}: one for each answered row
	PredictionDuration *prometheus.HistogramVec // {endpoint}: seconds, see PredictionTook
	PredictedDowntime  prometheus.Histogram     // seconds
	PredictedTotalTime prometheus.Histogram     // seconds
	Confidence         prometheus.Histogram     // 0 to 1
	IntervalWidth      prometheus.Histogram     // seconds, upper minus lower
	Warnings           *prometheus.CounterVec   // {kind}
	PredictionFaults   *prometheus.CounterVec   // {endpoint}: rows or requests refused for their input
	Simulated          *prometheus.CounterVec   // {mode, status}: migrations of GET /simulate

	// The HTTP server. A route is the pattern that matched, such as /predict, and
	// a code the status in digits; a method or route that is not served is Other.
	HTTPRequests *prometheus.CounterVec   // {method, route, code}
	HTTPDuration *prometheus.HistogramVec // {method, route}: seconds
	HTTPInFlight prometheus.Gauge
	HTTPRejected *prometheus.CounterVec // {reason}
	HTTPPanics   prometheus.Counter

	// The model and the history.
	Model         Model
	ModelReloads  *prometheus.CounterVec // {result}
	Recorded      *prometheus.CounterVec // {source, status}: migrations taken into the history
	HistoryErrors *prometheus.CounterVec // {operation}
	Ready         prometheus.Gauge       // 1 while /ready says yes

	// How predictions compare with what happened.
	Accuracy Accuracy

	registry *prometheus.Registry
}

// New makes the instruments on a registry of their own, together with those of
// the Go runtime and of the process.
func New(b Build) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(b),
	)
	factory := promauto.With(m.registry)
	m.addPredictions(factory)
	m.addHTTP(factory)
	m.addState(factory)
	m.Model.add(m.registry)
	m.Accuracy.add(m.registry)
	return m
}

// Registry is what a handler for /metrics gathers from.
func (m *Metrics) Registry() *prometheus.Registry {
	return m.registry
}

func buildInfo(b Build) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: NameBuildInfo,
		Help: "1, labelled by the version, the revision and the Go version of the running program.",
		ConstLabels: prometheus.Labels{
			"version": b.Version, "revision": b.Revision, "goversion": b.GoVersion,
		},
	})
	g.Set(1)
	return g
}

// addState adds the instruments of the server's state.
func (m *Metrics) addState(factory promauto.Factory) {
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

// show makes a counter visible as 0 for each combination of the labels' values.
func show(c *prometheus.CounterVec, values ...[]string) {
	combinations := [][]string{nil}
	for _, column := range values {
		var longer [][]string
		for _, c := range combinations {
			for _, v := range column {
				longer = append(longer, append(c[:len(c):len(c)], v))
			}
		}
		combinations = longer
	}
	for _, labels := range combinations {
		c.WithLabelValues(labels...)
	}
}

// whole collects parts that change together: a scrape sees them before a change
// or after it.
type whole struct {
	mu    sync.RWMutex
	parts []prometheus.Collector
}

// Describe implements prometheus.Collector.
func (w *whole) Describe(to chan<- *prometheus.Desc) {
	for _, p := range w.parts {
		p.Describe(to)
	}
}

// Collect implements prometheus.Collector.
func (w *whole) Collect(to chan<- prometheus.Metric) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, p := range w.parts {
		p.Collect(to)
	}
}

func (w *whole) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}
