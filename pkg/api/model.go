package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

type modelInfo struct {
	prediction.Identity
	Bytes      int              `json:"bytes" doc:"Size of its file"`
	Provenance model.Provenance `json:"provenance" doc:"The data, options and metrics of its training"`
}

func (s *Server) registerModel(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "model", Method: http.MethodGet, Path: "/model", Tags: []string{tagService},
		Summary: "The model in service", Description: "Where it comes from and how good it was on rows that it had not seen.",
	}, func(context.Context, *struct{}) (*answer[modelInfo], error) { return describe(s.model.Load()) })
	huma.Register(api, huma.Operation{
		OperationID: "reload-model", Method: http.MethodPost, Path: "/model/reload", Tags: []string{tagService},
		Summary: "Read the model file anew",
		Description: "Puts the model into service that --model names, or the embedded one. Where the file is no good, " +
			"the model in service stays.",
		Errors: []int{http.StatusUnprocessableEntity},
	}, s.reload)
}

// setModel puts a model into service.
func (s *Server) setModel(m *model.Model) {
	s.model.Store(m)
	s.metrics.Model.Set(modelReading(m.ID(), m.Provenance(), time.Now()))
}

// modelReading returns what the metrics show of a model that came into service then.
func modelReading(id string, p model.Provenance, loaded time.Time) metrics.ModelReading {
	r := metrics.ModelReading{ID: id, Loaded: loaded, TrainingRows: map[string]int{}}
	if p.TrainedAt != nil {
		r.Trained = *p.TrainedAt
	}
	for _, source := range p.Data {
		r.TrainingRows[source.Name] += source.Rows
	}
	if p.Metrics != nil && p.Metrics.Test != nil {
		test := p.Metrics.Test
		r.Test = metrics.TestReading{
			Rows: test.Rows, MedianRelativeError: float64(test.MedianRelativeError),
			Coverage: float64(test.Coverage90), LogR2: float64(test.LogR2),
		}
	}
	return r
}

func describe(m *model.Model) (*answer[modelInfo], error) {
	size, err := m.Size()
	if err != nil {
		return nil, err
	}
	return &answer[modelInfo]{modelInfo{m.Identity(), size, m.Provenance()}}, nil
}

func (s *Server) reload(ctx context.Context, _ *struct{}) (*answer[modelInfo], error) {
	m, err := s.loadModel()
	if err != nil {
		s.metrics.ModelReloads.WithLabelValues(metrics.ReloadFailed).Inc()
		s.log.ErrorContext(ctx, "model not reloaded", "error", err, "kept", s.model.Load().ID())
		return nil, httpd.NewProblem(http.StatusUnprocessableEntity,
			"the model file is no good; model "+s.model.Load().ID()+" stays in service",
			httpd.Fault{Location: "model", Message: err.Error()})
	}
	s.setModel(m)
	s.metrics.ModelReloads.WithLabelValues(metrics.ReloadSucceeded).Inc()
	s.log.InfoContext(ctx, "model reloaded", "model", m.ID())
	return describe(m)
}
