package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/httpd"
	"vmmp/pkg/prediction"
)

type batchInput struct {
	Question
	body
}

type batchOutput struct {
	Body func(huma.Context)
}

func (s *Server) registerBatch(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "predict-batch", Method: http.MethodPost, Path: "/predict/batch", Tags: []string{tagPredict},
		Summary: "Predict many migrations",
		Description: "Takes a JSON array or NDJSON and answers in the same form, one answer per row, in order, " +
			"while rows still come in; behind a proxy, once all have. " +
			"A faulty row is answered with its errors, and the batch goes on.",
		Errors: append(slices.Clone(bodyErrors), http.StatusServiceUnavailable),
	}, s.predictBatch)
	documentBatch(api.OpenAPI())
}

// documentBatch describes what a batch reads and answers.
func documentBatch(o *huma.OpenAPI) {
	row := &huma.Schema{OneOf: []*huma.Schema{
		schemaOf[prediction.Prediction](o.Components.Schemas), schemaOf[refusal](o.Components.Schemas),
	}}
	post := o.Paths["/predict/batch"].Post
	post.RequestBody = &huma.RequestBody{Required: true, Content: rowsOf(schemaRef(schemaFeatures), batchExample)}
	post.Responses["200"] = &huma.Response{
		Description: "One answer per row, in the form of the request", Content: rowsOf(row, nil),
	}
}

// rowsOf returns the content of a batch: an array, or lines.
func rowsOf(row *huma.Schema, example any) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{
		mediaJSON:   {Schema: &huma.Schema{Type: huma.TypeArray, Items: row}, Example: example},
		mediaNDJSON: {Schema: &huma.Schema{Type: huma.TypeString, Description: "One JSON object a line"}},
	}
}

// predictBatch answers rows as they come. What can be refused is refused here, before the answer begins.
func (s *Server) predictBatch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	options, err := in.options(s.key)
	if err != nil {
		return nil, err
	}
	media, err := in.mediaType(mediaJSON, mediaNDJSON)
	if err != nil {
		return nil, err
	}
	limited, err := httpd.LimitBody(in.writer, in.request, MaxBatchBytes)
	if err != nil {
		return nil, err
	}
	if !s.batches.Acquire(ctx, patience) {
		detail := fmt.Sprintf("%d batches are being answered already: try again in a moment", cap(s.batches))
		return nil, httpd.NewProblem(http.StatusServiceUnavailable, detail).With("Retry-After", "1")
	}
	b, err := newBatch(s, in.writer, limited, media, options)
	if err != nil {
		b.leave()
		return nil, err
	}
	return &batchOutput{func(huma.Context) {
		defer b.leave()
		if isProxied(in.request) {
			<-b.body.done
		}
		b.run()
	}}, nil
}

// isProxied reports whether a proxy passed the request on. Most of them, nginx too, stop sending what does not fit into
// a kernel's buffer once the answer begins: the rest of a large body would never come.
func isProxied(r *http.Request) bool {
	return r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != ""
}
