package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/metrics"
)

func (s *Server) registerAccuracy(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "accuracy", Method: http.MethodGet, Path: "/accuracy", Tags: []string{tagMemory},
		Summary:     "How right have we been?",
		Description: "Compares recorded downtimes with what had been predicted, by source and window of time, and says what that was worth.",
		Errors:      []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, s.accuracy)
}

func (s *Server) accuracy(ctx context.Context, _ *struct{}) (*answer[accuracy.Accuracy], error) {
	if s.history == nil {
		return nil, errNoHistory
	}
	a, err := s.tracker.Accuracy(ctx)
	if err != nil {
		return nil, s.unavailable(ctx, metrics.HistoryRead, err)
	}
	a.Model = s.model.Load().Identity()
	return &answer[accuracy.Accuracy]{a}, nil
}

// showAccuracy puts a recent assessment into the gauges. Where the history cannot
// be read they are cleared: an old figure would pass for a new one.
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
			MedianRelativeError: float64(w.MedianRelativeError), LogR2: float64(w.LogR2), Within25: float64(w.Within25),
			Coverage: float64(w.Coverage90), MeanConfidence: float64(w.MeanConfidence), SuccessRate: float64(w.Business.SuccessRate),
			DowntimeAvoidedSeconds: float64(w.Business.DowntimeAvoidedS), CostSaved: float64(w.Business.CostSaved),
		}
	}
	s.metrics.Accuracy.Set(readings...)
}
