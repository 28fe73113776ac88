package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/metrics"
	"vmmp/pkg/prediction"
)

type serviceInfo struct {
	Service   string              `json:"service" example:"vmmp" doc:"Name of the service"`
	Version   string              `json:"version" doc:"Version of the program"`
	Model     prediction.Identity `json:"model"`
	Docs      string              `json:"docs" example:"/docs" doc:"Path of the documentation"`
	Endpoints []endpoint          `json:"endpoints" doc:"What can be asked"`
}

type endpoint struct {
	Method  string `json:"method" example:"POST" doc:"HTTP method"`
	Path    string `json:"path" example:"/predict" doc:"Path below the server's root"`
	Summary string `json:"summary" doc:"What it answers"`
}

type health struct {
	Status        string              `json:"status" enum:"healthy" doc:"The process answers"`
	ModelLoaded   bool                `json:"model_loaded" doc:"A model is in service"`
	Model         prediction.Identity `json:"model"`
	Version       string              `json:"version" doc:"Version of the program"`
	UptimeSeconds float64             `json:"uptime_seconds" doc:"Since the server was started"`
}

type readiness struct {
	Ready  bool   `json:"ready" doc:"Requests are welcome"`
	Reason string `json:"reason,omitempty" doc:"Why they are not"`
}

type readinessOutput struct {
	Status int
	Body   readiness
}

// answer is the output of an operation that has no headers of its own.
type answer[T any] struct{ Body T }

func (s *Server) registerService(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "info", Method: http.MethodGet, Path: "/{$}", Summary: "What this service is", Tags: []string{tagService},
	}, func(context.Context, *struct{}) (*answer[serviceInfo], error) {
		return &answer[serviceInfo]{serviceInfo{"vmmp", s.version, s.model.Load().Identity(), "/docs", endpoints(api.OpenAPI())}}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/health", Summary: "Whether the process is alive", Tags: []string{tagService},
	}, func(context.Context, *struct{}) (*answer[health], error) {
		return &answer[health]{health{"healthy", true, s.model.Load().Identity(), s.version, time.Since(s.started).Seconds()}}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: "/ready", Summary: "Whether requests are welcome", Tags: []string{tagService},
	}, s.ready)
	responses := api.OpenAPI().Paths["/ready"].Get.Responses
	responses["503"] = &huma.Response{Description: "They are not", Content: responses["200"].Content}
}

// patience bounds how long /ready waits for the history.
const patience = time.Second

// ready says no while the server stops or its history cannot be written to.
func (s *Server) ready(ctx context.Context, _ *struct{}) (*readinessOutput, error) {
	reason := ""
	if s.history != nil {
		bounded, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := s.history.Ping(bounded); err != nil {
			s.historyFailed(metrics.HistoryPing, err)
			reason = outline(err)
		}
	}
	if s.draining.Load() {
		reason = "the server is stopping"
	}
	status := http.StatusOK
	if reason != "" {
		status = http.StatusServiceUnavailable
	}
	return &readinessOutput{status, readiness{reason == "", reason}}, nil
}
