package api

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// count writes one prediction into the metrics, with how many unknown fields were asked with it.
func (s *Server) count(endpoint string, p *prediction.Prediction, unknown int) {
	s.metrics.Predicted(endpoint, p.Support, p.Summary())
	for _, kind := range p.WarningKinds {
		s.metrics.Warnings.WithLabelValues(string(kind)).Inc()
	}
	s.metrics.Warnings.WithLabelValues(metrics.WarningUnknownField).Add(float64(unknown))
}

// statusLabel returns the status as the metrics know it.
func statusLabel(status migration.Status) string {
	if status == migration.StatusUnknown {
		return string(migration.Completed) // a downtime alone: see migration.Outcome.SwitchedOver
	}
	return string(status)
}

// serveMetrics answers GET /metrics. Only in OpenMetrics, which Prometheus asks for, are there exemplars of requests.
func (s *Server) serveMetrics() http.Handler {
	exposition := promhttp.HandlerFor(s.metrics.Registry(), promhttp.HandlerOpts{EnableOpenMetrics: true})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.showAccuracy(r.Context())
		exposition.ServeHTTP(w, r)
	})
}

// showAccuracy puts a recent assessment into the gauges. Where the history cannot be read they are cleared: an old
// figure would pass for a new one.
func (s *Server) showAccuracy(ctx context.Context) {
	if s.history == nil {
		return
	}
	a, err := s.tracker.Recent(ctx)
	if err != nil {
		s.historyFailed(metrics.HistoryRead, err)
		s.metrics.Accuracy.Reset()
		return
	}
	readings := make([]metrics.Reading, len(a.Windows))
	for i, w := range a.Windows {
		readings[i] = metrics.Reading{
			Source: w.Source, Window: w.Window, Outcomes: w.Outcomes, Matched: w.Matched,
			MedianRelativeError: float64(w.MedianRelativeError), LogR2: float64(w.LogR2),
			Within25: float64(w.Within25), Coverage: float64(w.Coverage90), MeanConfidence: float64(w.MeanConfidence),
			SuccessRate:            float64(w.Business.SuccessRate),
			DowntimeAvoidedSeconds: float64(w.Business.DowntimeAvoidedS),
			CostSaved:              float64(w.Business.CostSaved),
		}
	}
	s.metrics.Accuracy.Set(readings...)
}
