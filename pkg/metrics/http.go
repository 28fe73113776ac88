package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// latencyBuckets reach from an answer out of memory to the longest that a client waits for.
var latencyBuckets = []float64{
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
}

// HTTP shows the requests to the server. A route is the pattern that matched, such as /predict, and a code the status
// in digits; a method or route that is not served is Other.
type HTTP struct {
	HTTPRequests *prometheus.CounterVec   // {method, route, code}
	HTTPDuration *prometheus.HistogramVec // {method, route}: seconds
	HTTPInFlight prometheus.Gauge
	HTTPRejected *prometheus.CounterVec // {reason}
	HTTPPanics   prometheus.Counter
}

// add makes the instruments.
func (m *HTTP) add(factory promauto.Factory) {
	m.HTTPRequests = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NameHTTPRequests,
		Help: "HTTP requests answered, by method, route and status code.",
	}, []string{"method", "route", "code"})
	m.HTTPDuration = factory.NewHistogramVec(native(prometheus.HistogramOpts{
		Name:    NameHTTPDuration,
		Help:    "Time from the head of an HTTP request to the end of its answer, by method and route.",
		Buckets: latencyBuckets,
	}), []string{"method", "route"})
	m.HTTPInFlight = factory.NewGauge(prometheus.GaugeOpts{
		Name: NameHTTPInFlight,
		Help: "HTTP requests being answered.",
	})
	m.HTTPRejected = factory.NewCounterVec(prometheus.CounterOpts{
		Name: NameHTTPRejected,
		Help: "HTTP requests refused, by reason.",
	}, []string{"reason"})
	m.HTTPPanics = factory.NewCounter(prometheus.CounterOpts{
		Name: NameHTTPPanics,
		Help: "HTTP requests that ended in a panic; each is a fault of the program.",
	})
	show(m.HTTPRejected, reasons)
}

// Answered counts one HTTP request. method and route must come from the list of what is served, or be Other. The id of
// the request becomes an exemplar of its bucket, unless it is empty or too long for one.
func (m *HTTP) Answered(method, route string, code int, took time.Duration, id string) {
	m.HTTPRequests.WithLabelValues(method, route, strconv.Itoa(code)).Inc()
	exemplify(m.HTTPDuration.WithLabelValues(method, route), took.Seconds(), id)
}
