package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
)

// problem is an answer that says what was wrong (RFC 9457, application/problem+json).
func problem(status int, detail string, details ...*huma.ErrorDetail) *huma.ErrorModel {
	return &huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail, Errors: details}
}

// invalid is the answer to input that is faulty: 422, every fault named.
func invalid(details ...*huma.ErrorDetail) *huma.ErrorModel {
	detail := "1 fault in what was sent"
	if len(details) != 1 {
		detail = fmt.Sprintf("%d faults in what was sent", len(details))
	}
	return problem(http.StatusUnprocessableEntity, detail, details...)
}

// What huma refuses by itself is answered in the same form.
func init() {
	huma.NewError = func(status int, detail string, faults ...error) huma.StatusError {
		p := problem(status, detail)
		for _, fault := range faults {
			if fault != nil {
				p.Add(fault)
			}
		}
		if status != http.StatusUnprocessableEntity {
			return p
		}
		for _, d := range p.Errors {
			d.Value = shown(d.Value)
		}
		return invalid(p.Errors...)
	}
}

// shown is what an answer may repeat of a value: no number that JSON cannot hold,
// and no more of a text than helps.
func shown(value any) any {
	switch v := value.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	case string:
		return clip(v)
	}
	return value
}

// writeProblem answers outside of huma's operations.
func writeProblem(w http.ResponseWriter, p *huma.ErrorModel) {
	text, err := json.Marshal(p)
	if err != nil {
		panic("api: problem that JSON cannot hold: " + err.Error())
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("Content-Encoding")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(text, '\n')) // whoever left does not hear it
}

// locate turns the faults of one object of the body into details; at is where the
// object lies in it, such as "body" or "body[3]".
func locate(at string, faults migration.Faults) []*huma.ErrorDetail {
	details := make([]*huma.ErrorDetail, len(faults))
	for i, f := range faults {
		where := at
		if f.Location != "body" {
			where += "." + f.Location
		}
		details[i] = &huma.ErrorDetail{Location: where, Message: f.Message, Value: f.Value}
	}
	return details
}

// unavailable is the answer when an operation of the history fails: the request
// may be sent again.
func (s *Server) unavailable(ctx context.Context, operation string, err error) error {
	if ctx.Err() == nil { // or it was the client who left
		s.historyFailed(operation, err)
	}
	return huma.ErrorWithHeaders(problem(http.StatusServiceUnavailable, outline(err)), http.Header{"Retry-After": {"5"}})
}

// historyFailed counts and logs a fault of the history.
func (s *Server) historyFailed(operation string, err error) {
	s.metrics.HistoryErrors.WithLabelValues(operation).Inc()
	s.log.Error("history failed", "operation", operation, "error", err)
}

// outline is what a client is told of a fault of the history: not its place.
func outline(err error) string {
	for _, fault := range []error{history.ErrReadOnly, history.ErrDamaged, history.ErrFull, history.ErrBusy, history.ErrClosed} {
		if errors.Is(err, fault) {
			return fault.Error() + "; the server's log says more"
		}
	}
	return "the history failed; the server's log says how"
}
