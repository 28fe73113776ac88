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
	"vmmp/pkg/migration"
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

// decodeFeatures reads what is known of one VM, and what to warn of. An outcome beside the features is passed over, so
// that a recorded migration can be asked about.
func decodeFeatures(text []byte) (migration.Features, []string, migration.Faults) {
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

// mostWarnings bounds the unknown fields that an answer names.
const mostWarnings = 20

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
