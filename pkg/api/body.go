package api

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vmmp/pkg/httpd"
)

// MaxBodyBytes is the largest body of a request, MaxBatchBytes that of a batch.
const (
	MaxBodyBytes  = 1 << 20
	MaxBatchBytes = 64 << 20
)

// The forms that bodies take.
const (
	mediaJSON    = "application/json"
	mediaNDJSON  = "application/x-ndjson"
	mediaOpenAPI = "application/json" // browsers show it, where they would save application/vnd.oai.openapi+json
)

// body is embedded in the inputs of operations that read one.
type body struct {
	request *http.Request
	writer  http.ResponseWriter
}

// Resolve takes hold of the request; it is huma's hook (huma.Resolver).
func (b *body) Resolve(ctx huma.Context) []error {
	b.request, b.writer = humago.Unwrap(ctx)
	return nil
}

// mediaType returns the form that the client says its body has, the first of accepted where it says nothing. The error
// is the answer.
func (b *body) mediaType(accepted ...string) (string, error) {
	header := b.request.Header.Get("Content-Type")
	if header == "" {
		return accepted[0], nil
	}
	media, parameters, err := mime.ParseMediaType(header)
	if charset := parameters["charset"]; err == nil && charset != "" && !strings.EqualFold(charset, "utf-8") {
		err = fmt.Errorf("charset %s", charset)
	}
	if err == nil && slices.Contains(accepted, media) {
		return media, nil
	}
	detail := "send the body as Content-Type " + strings.Join(accepted, " or ") + " in UTF-8"
	fault := httpd.Fault{Location: "header.Content-Type", Message: "is not read here", Value: httpd.Clip(header)}
	p := httpd.NewProblem(http.StatusUnsupportedMediaType, detail, fault)
	return "", p.With("Accept-Post", strings.Join(accepted, ", "))
}

// json reads a whole body of JSON. The error is the answer.
func (b *body) json() ([]byte, error) {
	if _, err := b.mediaType(mediaJSON); err != nil {
		return nil, err
	}
	return httpd.ReadBody(b.writer, b.request, MaxBodyBytes)
}
