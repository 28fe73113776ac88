package api

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/metrics"
)

// requestIDHeader carries what ties an answer to its line in the log.
const requestIDHeader = "X-Request-Id"

// longestRequestID bounds what is taken over from a client.
const longestRequestID = 128

// identify gives every request an id: the client's own where it is one word.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if !isWord(id) {
			id = rand.Text()
		}
		w.Header().Set(requestIDHeader, id)
		next.ServeHTTP(w, r)
	})
}

// isWord says whether text can stand in a log and a header as it is.
func isWord(text string) bool {
	return text != "" && len(text) <= longestRequestID && !strings.ContainsFunc(text, func(c rune) bool {
		return c <= ' ' || c > '~' || c == '"' || c == '\\'
	})
}

// observedWriter remembers what was answered.
type observedWriter struct {
	http.ResponseWriter
	status int // 0 until the header is written
	bytes  int64
}

// Unwrap is for http.ResponseController.
func (o *observedWriter) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// WriteHeader is for http.ResponseWriter.
func (o *observedWriter) WriteHeader(status int) {
	if o.status == 0 && status >= http.StatusOK {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

func (o *observedWriter) Write(b []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(b)
	o.bytes += int64(n)
	return n, err
}

// observe counts and logs every request once it is answered.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		observed := &observedWriter{ResponseWriter: w}
		s.metrics.HTTPInFlight.Inc()
		defer func() {
			s.metrics.HTTPInFlight.Dec()
			s.account(r, observed, time.Since(start))
		}()
		next.ServeHTTP(observed, r)
	})
}

// account writes one request into metrics and log. Methods and paths that are not
// served share a label, since a client could make up any number of them.
func (s *Server) account(r *http.Request, w *observedWriter, took time.Duration) {
	route, method := metrics.Other, metrics.Other
	if r.Pattern != "" {
		method, route, _ = strings.Cut(r.Pattern, " ")
	}
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	id := w.Header().Get(requestIDHeader)
	s.metrics.Answered(method, route, status, took, id)
	if reason := rejections[status]; reason != "" && route != "/ready" { // which says no without refusing anything
		s.metrics.HTTPRejected.WithLabelValues(reason).Inc()
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if s.log.Enabled(r.Context(), level) {
		s.log.LogAttrs(r.Context(), level, "request",
			slog.String("id", id), slog.String("method", clip(r.Method)), slog.String("path", clip(r.URL.Path)),
			slog.Int("status", status), slog.Int64("bytes", w.bytes), slog.Float64("took_ms", float64(took.Microseconds())/1000), slog.String("from", r.RemoteAddr))
	}
}

// rejections are the reasons for which requests are refused, by status.
var rejections = map[int]string{
	http.StatusNotFound:              metrics.RejectedNotFound,
	http.StatusMethodNotAllowed:      metrics.RejectedMethod,
	http.StatusRequestTimeout:        metrics.RejectedTimeout,
	http.StatusRequestEntityTooLarge: metrics.RejectedTooLarge,
	http.StatusUnsupportedMediaType:  metrics.RejectedMediaType,
	http.StatusUnprocessableEntity:   metrics.RejectedInvalid,
	http.StatusServiceUnavailable:    metrics.RejectedOverload,
}

// rescue answers a panic with 500, counts it and logs where it was. Where part of
// an answer is out already, the connection is cut, so that the client sees that it
// is not whole.
func (s *Server) rescue(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(reason)
			}
			s.metrics.HTTPPanics.Inc()
			s.log.ErrorContext(r.Context(), "panic", "id", w.Header().Get(requestIDHeader), "reason", reason, "stack", string(debug.Stack()))
			if observed, ok := w.(*observedWriter); ok && observed.status != 0 {
				panic(http.ErrAbortHandler)
			}
			writeProblem(w, problem(http.StatusInternalServerError, "a fault of the server; it was logged under the request's id"))
		}()
		next.ServeHTTP(w, r)
	})
}

// methods are those that a path is tried with to tell 405 from 404.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost}

// route answers what no operation is for, where http.ServeMux would answer in
// plain text or redirect.
func (s *Server) route(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := path.Clean(r.URL.Path); clean != r.URL.Path && (clean == "/" || clean+"/" != r.URL.Path) {
			writeProblem(w, problem(http.StatusNotFound, "no such path; GET / lists those that exist"))
			return
		}
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		if allowed := allowedMethods(mux, r); len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeProblem(w, problem(http.StatusMethodNotAllowed, "this path answers "+strings.Join(allowed, ", "),
				&huma.ErrorDetail{Location: "method", Message: "is not answered here", Value: clip(r.Method)}))
			return
		}
		writeProblem(w, problem(http.StatusNotFound, "no such path; GET / lists those that exist"))
	})
}

// allowedMethods are the methods that the request's path answers.
func allowedMethods(mux *http.ServeMux, r *http.Request) []string {
	var allowed []string
	for _, method := range methods {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
