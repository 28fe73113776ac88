package api

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// A Question is what a prediction can be asked beyond itself, in the query. It is exported for huma, which looks into
// exported fields only.
type Question struct {
	Explain       bool    `query:"explain" doc:"Say which feature changes the prediction by which factor"`
	MaxDowntimeMS float64 `query:"max_downtime_ms" exclusiveMinimum:"0" maximum:"2000000000" example:"300" doc:"Answer probability_within_limit: that pre-copy switches over by itself and the pause is at most so many ms"`
}

// options returns what the model is to predict beyond the downtime. The error is the answer.
func (q *Question) options(key []byte) (model.Options, error) {
	if math.IsNaN(q.MaxDowntimeMS) {
		return model.Options{}, httpd.Invalid(httpd.Fault{
			Location: "query.max_downtime_ms", Message: "must be a number of ms above 0", Value: "NaN",
		})
	}
	limit := time.Duration(q.MaxDowntimeMS * float64(time.Millisecond))
	if q.MaxDowntimeMS > 0 {
		limit = max(limit, 1)
	}
	return model.Options{Explain: q.Explain, Within: limit, Key: key}, nil
}

type predictInput struct {
	Question
	body
}

func (s *Server) registerPredict(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "predict", Method: http.MethodPost, Path: "/predict", Tags: []string{tagPredict},
		Summary: "Predict the downtime of one migration",
		Description: "Answers from whatever is known of the VM; only cpu_load and memory_usage are required. " +
			"Of a VM of the watched places its name is enough: {\"vm\": \"web-1\"}; " +
			"fields beside it outweigh what was observed.",
		Errors: bodyErrors,
	}, s.predict)
	documentBody(api, "/predict", &huma.Schema{AnyOf: []*huma.Schema{
		schemaRef(schemaFeatures), namedVMSchema(),
	}}, predictExamples)
}

func (s *Server) predict(_ context.Context, in *predictInput) (*answer[prediction.Prediction], error) {
	options, err := in.options(s.key)
	if err != nil {
		return nil, err
	}
	text, err := in.json()
	if err != nil {
		return nil, err
	}
	x, warnings, faults := s.question(text)
	if len(faults) > 0 {
		s.metrics.PredictionFaults.WithLabelValues(metrics.EndpointPredict).Inc()
		return nil, httpd.Invalid(locate("body", faults)...)
	}
	begun := time.Now()
	p := s.model.Load().Predict(x, options)
	s.metrics.PredictionTook(metrics.EndpointPredict, time.Since(begun), 1)
	p.Warnings = append(p.Warnings, warnings...)
	s.count(metrics.EndpointPredict, &p, len(warnings))
	return &answer[prediction.Prediction]{p}, nil
}
