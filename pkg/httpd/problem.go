package httpd

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A Problem is an answer that says what was wrong (RFC 9457, application/problem+json). It is an error, so that
// whatever finds a fault can return the answer to it.
type Problem struct {
	Title  string      `json:"title,omitempty"` // of the status
	Status int         `json:"status,omitempty"`
	Detail string      `json:"detail,omitempty"`
	Errors []Fault     `json:"errors,omitempty"`
	Header http.Header `json:"-"` // of the answer, such as Retry-After; may be nil
}

// A Fault is one thing that was wrong with a request.
type Fault struct {
	Message  string `json:"message,omitempty"`
	Location string `json:"location,omitempty"` // such as body.cpu_load, query.limit or header.Content-Type
	Value    any    `json:"value,omitempty"`    // what was there
}

// NewProblem returns the answer of that status.
func NewProblem(status int, detail string, faults ...Fault) *Problem {
	return &Problem{Status: status, Title: http.StatusText(status), Detail: detail, Errors: faults}
}

// Invalid returns the answer to input that is faulty: 422, with every fault named.
func Invalid(faults ...Fault) *Problem {
	detail := "1 fault in what was sent"
	if len(faults) != 1 {
		detail = fmt.Sprintf("%d faults in what was sent", len(faults))
	}
	return NewProblem(http.StatusUnprocessableEntity, detail, faults...)
}

// With sets a field of the answer's header and returns the problem.
func (p *Problem) With(name, value string) *Problem {
	if p.Header == nil {
		p.Header = http.Header{}
	}
	p.Header.Set(name, value)
	return p
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the status, for a framework that makes answers of errors.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the header, for a framework that makes answers of errors.
func (p *Problem) GetHeaders() http.Header { return p.Header }

// ContentType returns the media type of every problem, for a framework that makes answers of errors.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Write answers with the problem. It panics if a fault's value is none that JSON can hold.
func (p *Problem) Write(w http.ResponseWriter) {
	text, err := json.Marshal(p)
	if err != nil {
		panic("httpd: problem that JSON cannot hold: " + err.Error())
	}
	h := w.Header()
	for name, values := range p.Header {
		h[name] = values
	}
	h.Set("Content-Type", p.ContentType(""))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Del("Content-Encoding")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(text, '\n')) // whoever left does not hear it
}

// Clip shortens what a client sent to what an answer or a log may repeat: 100 bytes.
func Clip(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
