package metrics

import "github.com/prometheus/client_golang/prometheus"

// Accuracy shows how predictions compare with what happened. All are labelled {source, window}: where the migrations
// were observed, and how far back the window reaches, such as "24h". Both come from short lists of the caller's.
type Accuracy struct {
	Outcomes            *prometheus.GaugeVec // migrations observed in the window
	Matched             *prometheus.GaugeVec // those of them that had been predicted
	MedianRelativeError *prometheus.GaugeVec
	LogR2               *prometheus.GaugeVec // at most 1, negative where the mean would be better
	Within25            *prometheus.GaugeVec // share of predictions off by at most 25 %
	Coverage            *prometheus.GaugeVec // share of downtimes inside their interval
	MeanConfidence      *prometheus.GaugeVec // what Within25 should be
	SuccessRate         *prometheus.GaugeVec // share of migrations that succeeded
	DowntimeAvoided     *prometheus.GaugeVec // seconds
	CostSaved           *prometheus.GaugeVec // in the configured currency

	all whole
}

// A Reading is the accuracy in one window. What is NaN or infinite is unknown and not shown.
type Reading struct {
	Source, Window string

	Outcomes, Matched      int
	MedianRelativeError    float64 // as a fraction
	LogR2                  float64
	Within25               float64 // 0 to 1, as the three below
	Coverage               float64
	MeanConfidence         float64
	SuccessRate            float64
	DowntimeAvoidedSeconds float64
	CostSaved              float64
}

// Set shows these readings and no others any more: a source or window that is not among them vanishes. A scrape sees
// all of the old ones or all of the new.
func (a *Accuracy) Set(readings ...Reading) {
	a.all.change(func() {
		a.clear()
		for _, r := range readings {
			a.show(r)
		}
	})
}

// Reset clears all readings, so that a source or window that vanished is not shown for ever.
func (a *Accuracy) Reset() {
	a.all.change(a.clear)
}

func (a *Accuracy) clear() {
	for _, g := range a.gauges() {
		g.Reset()
	}
}

func (a *Accuracy) show(r Reading) {
	values := []float64{
		float64(r.Outcomes), float64(r.Matched), r.MedianRelativeError, r.LogR2, r.Within25, r.Coverage,
		r.MeanConfidence, r.SuccessRate, r.DowntimeAvoidedSeconds, r.CostSaved,
	}
	for i, g := range a.gauges() {
		if known(values[i]) {
			g.WithLabelValues(r.Source, r.Window).Set(values[i])
		}
	}
}

// gauges lists all in the order of their declaration.
func (a *Accuracy) gauges() []*prometheus.GaugeVec {
	return []*prometheus.GaugeVec{
		a.Outcomes, a.Matched, a.MedianRelativeError, a.LogR2, a.Within25, a.Coverage,
		a.MeanConfidence, a.SuccessRate, a.DowntimeAvoided, a.CostSaved,
	}
}

// add makes the gauges and registers them as one.
func (a *Accuracy) add(to prometheus.Registerer) {
	gauge := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"source", "window"})
		a.all.parts = append(a.all.parts, g)
		return g
	}
	a.Outcomes = gauge(NameOutcomes, "Migrations observed within the window.")
	a.Matched = gauge(NameMatched, "Migrations observed within the window whose downtime had been predicted.")
	a.MedianRelativeError = gauge(NameMedianRelativeError, "Median of |predicted - real| / real downtime.")
	a.LogR2 = gauge(NameLogR2, "R2 of the predicted downtime in log space.")
	a.Within25 = gauge(NameWithin25, "Share of predictions off by at most 25 % of the real downtime.")
	a.Coverage = gauge(NameCoverage, "Share of real downtimes inside the predicted interval.")
	a.MeanConfidence = gauge(NameMeanConfidence,
		"Mean confidence of the predictions: what their share within 25 % should be.")
	a.SuccessRate = gauge(NameSuccessRate,
		"Share of migrations that succeeded: switched over by themselves, and within the downtime limit if one is set.")
	a.DowntimeAvoided = gauge(NameDowntimeAvoided, "Downtime avoided within the window against the configured baseline.")
	a.CostSaved = gauge(NameCostSaved,
		"Downtime avoided within the window at the configured price, in the configured currency.")
	to.MustRegister(&a.all)
}
