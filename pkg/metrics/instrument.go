package metrics

import (
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// known reports whether v is neither NaN nor infinite: only then it is shown.
func known(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0)
}

// observe leaves out what is not a number: one of them would make the sum of a histogram NaN until the process ends.
func observe(h prometheus.Observer, v float64) {
	if known(v) {
		h.Observe(v)
	}
}

// set leaves out what is unknown.
func set(g *prometheus.GaugeVec, v float64) {
	if known(v) {
		g.WithLabelValues().Set(v)
	}
}

func setTime(g *prometheus.GaugeVec, at time.Time) {
	if !at.IsZero() {
		g.WithLabelValues().Set(float64(at.UnixMilli()) / 1000)
	}
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

// A whole collects parts that change together: a scrape sees them before a change or after it.
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

// gauges are instruments that show one reading together.
type gauges[R any] []struct {
	desc  *prometheus.Desc
	value func(*R) float64
}

// gaugeOf returns the description of an instrument whose values are handed over with each scrape.
func gaugeOf(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func (g gauges[R]) describe(to chan<- *prometheus.Desc) {
	for i := range g {
		to <- g[i].desc
	}
}

// collect hands over the values of a reading under its labels, and leaves out what is unknown.
func (g gauges[R]) collect(to chan<- prometheus.Metric, r *R, labels ...string) {
	for i := range g {
		if v := g[i].value(r); known(v) {
			to <- prometheus.MustNewConstMetric(g[i].desc, prometheus.GaugeValue, v, labels...)
		}
	}
}
