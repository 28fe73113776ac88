package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
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

func (s *Server) registerService(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "info", Method: http.MethodGet, Path: "/{$}",
		Summary: "What this service is", Tags: []string{tagService},
	}, func(context.Context, *struct{}) (*answer[serviceInfo], error) {
		info := serviceInfo{"vmmp", s.version, s.model.Load().Identity(), "/docs", endpoints(api.OpenAPI())}
		return &answer[serviceInfo]{info}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/health",
		Summary: "Whether the process is alive", Tags: []string{tagService},
	}, func(context.Context, *struct{}) (*answer[health], error) {
		h := health{"healthy", true, s.model.Load().Identity(), s.version, time.Since(s.started).Seconds()}
		return &answer[health]{h}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: "/ready",
		Summary: "Whether requests are welcome", Tags: []string{tagService},
	}, s.ready)
	responses := api.OpenAPI().Paths["/ready"].Get.Responses
	responses["503"] = &huma.Response{Description: "They are not", Content: responses["200"].Content}
}

// ready reports whether the server takes requests: not while it stops or its history cannot be written to.
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
	if s.Stopping() {
		reason = "the server is stopping"
	}
	status := http.StatusOK
	if reason != "" {
		status = http.StatusServiceUnavailable
	}
	return &readinessOutput{status, readiness{reason == "", reason}}, nil
}

// endpoints lists the operations of a document, as GET / shows them.
func endpoints(o *huma.OpenAPI) []endpoint {
	var all []endpoint
	for path, item := range o.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op != nil {
				all = append(all, endpoint{op.Method, path, op.Summary})
			}
		}
	}
	slices.SortFunc(all, func(x, y endpoint) int { return strings.Compare(x.Path+x.Method, y.Path+y.Method) })
	return all
}
