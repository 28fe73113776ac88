package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// Question is what a prediction can be asked beyond itself, in the query. It is
// exported for huma, which looks into exported fields only.
type Question struct {
	Explain       bool    `query:"explain" doc:"Say which feature changes the prediction by which factor"`
	MaxDowntimeMS float64 `query:"max_downtime_ms" exclusiveMinimum:"0" maximum:"2000000000" example:"300" doc:"Answer probability_within_limit: that pre-copy switches over by itself and the pause is at most so many ms"`
}

// ask is what the model is to be asked. The error is the answer.
func (a *Question) ask(key []byte) (model.Options, error) {
	if math.IsNaN(a.MaxDowntimeMS) {
		return model.Options{}, invalid(&huma.ErrorDetail{Location: "query.max_downtime_ms", Message: "must be a number of ms above 0", Value: "NaN"})
	}
	limit := time.Duration(a.MaxDowntimeMS * float64(time.Millisecond))
	if a.MaxDowntimeMS > 0 {
		limit = max(limit, 1)
	}
	return model.Options{Explain: a.Explain, Within: limit, Key: key}, nil
}

type predictInput struct {
	Question
	body
}

func (s *Server) registerPredict(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "predict", Method: http.MethodPost, Path: "/predict", Tags: []string{tagPredict},
		Summary:     "Predict the downtime of one migration",
		Description: "Answers from whatever is known of the VM; only cpu_load and memory_usage are required.",
		Errors:      bodyErrors,
	}, s.predict)
	documentBody(api, "/predict", schemaRef(schemaFeatures), predictExamples)
	s.registerBatch(api)
}

// bodyErrors are the ways in which a body can be refused, for the document.
var bodyErrors = []int{
	http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
}

func (s *Server) predict(_ context.Context, in *predictInput) (*answer[prediction.Prediction], error) {
	ask, err := in.ask(s.key)
	if err != nil {
		return nil, err
	}
	text, err := in.json()
	if err != nil {
		return nil, err
	}
	x, warnings, faults := request(text)
	if len(faults) > 0 {
		s.metrics.PredictionFaults.WithLabelValues(metrics.EndpointPredict).Inc()
		return nil, invalid(locate("body", faults)...)
	}
	begun := time.Now()
	p := s.model.Load().Predict(x, ask)
	s.metrics.PredictionTook(metrics.EndpointPredict, time.Since(begun), 1)
	p.Warnings = append(p.Warnings, warnings...)
	s.count(metrics.EndpointPredict, &p, len(warnings))
	return &answer[prediction.Prediction]{p}, nil
}

// request reads what is known of one VM, and what to warn of. An outcome beside
// the features is passed over, so that a recorded migration can be asked about.
func request(text []byte) (migration.Features, []string, migration.Faults) {
	record, unknown, faults := migration.DecodeJSON(text)
	if len(faults) == 1 && faults[0].Location == "body" {
		return record.Features, nil, faults
	}
	for _, f := range record.Features.Validate() {
		// A field whose value could not be read is not missing as well.
		if !slices.ContainsFunc(faults, func(other migration.Fault) bool { return other.Location == f.Location }) {
			faults = append(faults, f)
		}
	}
	return record.Features, unknownFields(unknown), faults
}

// unknownFields warns of fields that mean nothing here.
func unknownFields(names []string) []string {
	var warnings []string
	for _, name := range names[:min(len(names), mostWarnings)] {
		warnings = append(warnings, migration.UnknownField(name))
	}
	if rest := len(names) - mostWarnings; rest > 0 {
		warnings = append(warnings, fmt.Sprintf("%d more unknown fields ignored", rest))
	}
	return warnings
}

// mostWarnings bounds the unknown fields that an answer names.
const mostWarnings = 20

// count writes one prediction into the metrics.
func (s *Server) count(endpoint string, p *prediction.Prediction, unknown int) {
	s.metrics.Predicted(endpoint, p.Support, p.Summary())
	for _, kind := range p.WarningKinds {
		s.metrics.Warnings.WithLabelValues(string(kind)).Inc()
	}
	s.metrics.Warnings.WithLabelValues(metrics.WarningUnknownField).Add(float64(unknown))
}
