package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vmmp/pkg/source/internal/webapi"
)

var (
	// errNotPrometheus is the error of what answers in another way than a Prometheus.
	errNotPrometheus = errors.New("it does not answer as a Prometheus: " +
		"give the URL that /api/v1/query is below, with its whole prefix")

	// errQuery is the error of a query at fault: others can be asked.
	errQuery = errors.New("the server refuses the query")
)

// ask returns the answer to a query as of a moment of the server's clock; zero: as of now. Errors say which server was
// asked.
//
// The answer is decoded here, not by client_golang's api/prometheus/v1: that comes with a decoder whose use of
// reflection keeps every exported method in the program, 6 MB of them.
func (s *Source) ask(ctx context.Context, promql string, at time.Time) ([]sample, []string, error) {
	form := url.Values{"query": {promql}}
	if !at.IsZero() {
		form.Set("time", strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64))
	}
	status, body, err := s.send(ctx, http.MethodPost, form)
	switch status {
	case http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotImplemented: // by a gateway perhaps
		status, body, err = s.send(ctx, http.MethodGet, form)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s: %w", s.shown, reason(ctx, err))
	}
	samples, warnings, err := parseAnswer(status, body)
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s: %w", s.shown, err)
	}
	return samples, warnings, nil
}

// send sends a query, in the body or in the address.
func (s *Source) send(ctx context.Context, method string, form url.Values) (status int, body []byte, err error) {
	address, content := s.client.URL("/api/v1/query", nil), form.Encode()
	if method == http.MethodGet {
		address.RawQuery, content = content, ""
	}
	request, err := http.NewRequestWithContext(ctx, method, address.String(), strings.NewReader(content))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, body, err := s.client.Do(ctx, request)
	if err != nil {
		return 0, nil, err
	}
	_ = response.Body.Close() // which the client has read
	return response.StatusCode, body, nil
}

// reason returns why nothing was answered.
func reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return webapi.Reason(err)
}
