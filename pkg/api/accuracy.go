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
		Summary: "How right have we been?",
		Description: "Compares recorded downtimes with what had been predicted, by source and window of time, and says " +
			"what that was worth.",
		Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
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
