package metrics

import (
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
)

// native gives a histogram, beside its buckets, those that Prometheus chooses by itself where it is told to scrape
// native histograms: each at most a tenth wider than the one below it. Their number is bounded: where it is reached
// they begin anew, or become wider if they did so within the hour.
func native(o prometheus.HistogramOpts) prometheus.HistogramOpts {
	o.NativeHistogramBucketFactor = 1.1
	o.NativeHistogramMaxBucketNumber = 100
	o.NativeHistogramMinResetDuration = time.Hour
	return o
}

// labelRequestID is the label of an exemplar. OpenMetrics bounds it together with its value.
const (
	labelRequestID   = "request_id"
	longestRequestID = prometheus.ExemplarMaxRunes - len(labelRequestID)
)

// exemplify observes a value with the id of the request that it is of as an exemplar. One that OpenMetrics has no room
// for, or that is no text, is left out.
func exemplify(o prometheus.Observer, v float64, id string) {
	if id == "" || utf8.RuneCountInString(id) > longestRequestID || !utf8.ValidString(id) {
		o.Observe(v)
		return
	}
	o.(prometheus.ExemplarObserver).ObserveWithExemplar(v, prometheus.Labels{labelRequestID: id})
}
