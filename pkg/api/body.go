package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
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

// mediaType is the form that the client says its body has, the first of accepted
// where it says nothing. The error is the answer.
func (b *body) mediaType(accepted ...string) (string, error) {
	header := b.request.Header.Get("Content-Type")
	if header == "" {
		return accepted[0], nil
	}
	media, parameters, err := mime.ParseMediaType(header)
	if charset := parameters["charset"]; err == nil && charset != "" && !strings.EqualFold(charset, "utf-8") {
		err = fmt.Errorf("charset %s", charset)
	}
	if err != nil || !slices.Contains(accepted, media) {
		p := problem(http.StatusUnsupportedMediaType, "send the body as Content-Type "+strings.Join(accepted, " or ")+" in UTF-8",
			&huma.ErrorDetail{Location: "header.Content-Type", Message: "is not read here", Value: clip(header)})
		return "", huma.ErrorWithHeaders(p, http.Header{"Accept-Post": {strings.Join(accepted, ", ")}})
	}
	return media, nil
}

// json reads a whole body of JSON. The error is the answer.
func (b *body) json() ([]byte, error) {
	if _, err := b.mediaType(mediaJSON); err != nil {
		return nil, err
	}
	if b.request.ContentLength > MaxBodyBytes {
		return nil, tooLarge(MaxBodyBytes)
	}
	text, err := io.ReadAll(http.MaxBytesReader(b.writer, b.request.Body, MaxBodyBytes))
	if err != nil {
		return nil, unread(err)
	}
	return text, nil
}

// unread is the answer to a body that could not be read to its end.
func unread(err error) error {
	var large *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &large):
		return tooLarge(large.Limit)
	case errors.As(err, &network) && network.Timeout():
		return problem(http.StatusRequestTimeout, "the body came too slowly: send it at once")
	}
	return invalid(&huma.ErrorDetail{Location: "body", Message: "was cut short"})
}

// closeAfterwards makes net/http close the connection once the answer is written.
// Where the answer has begun, which its header can no longer say, net/http is only
// told so by a reader that meets its limit.
func closeAfterwards(w http.ResponseWriter) {
	for {
		wrapped, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = wrapped.Unwrap()
	}
	full := http.MaxBytesReader(w, io.NopCloser(strings.NewReader("more")), 0)
	_, _ = full.Read(make([]byte, 1)) // its error is that it is full
}

func tooLarge(limit int64) error {
	return problem(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d MiB: send less at a time", limit>>20))
}

// clip shortens what a client sent to what an answer may repeat.
func clip(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
