package httpd

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"vmmp/pkg/metrics"
)

// observe counts and logs every request once it is answered.
func observe(m *metrics.Metrics, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		observed := &observedWriter{ResponseWriter: w}
		m.HTTPInFlight.Inc()
		defer func() {
			m.HTTPInFlight.Dec()
			took := time.Since(start)
			count(m, r, observed, took)
			logRequest(log, r, observed, took)
		}()
		next.ServeHTTP(observed, r)
	})
}

// count writes one request into the metrics. Methods and paths that are not served share a label, since a client could
// make up any number of them.
func count(m *metrics.Metrics, r *http.Request, w *observedWriter, took time.Duration) {
	method, path := metrics.Other, metrics.Other
	if r.Pattern != "" {
		method, path, _ = strings.Cut(r.Pattern, " ")
	}
	m.Answered(method, path, w.answered(), took, w.Header().Get(RequestIDHeader))
	if reason := rejections[w.answered()]; reason != "" && path != "/ready" { // which says no without refusing anything
		m.HTTPRejected.WithLabelValues(reason).Inc()
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

// logRequest writes one request into the log, as an error where the server failed.
func logRequest(log *slog.Logger, r *http.Request, w *observedWriter, took time.Duration) {
	level := slog.LevelInfo
	if w.answered() >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if !log.Enabled(r.Context(), level) {
		return
	}
	log.LogAttrs(r.Context(), level, "request",
		slog.String("id", w.Header().Get(RequestIDHeader)),
		slog.String("method", Clip(r.Method)),
		slog.String("path", Clip(r.URL.Path)),
		slog.Int("status", w.answered()),
		slog.Int64("bytes", w.bytes),
		slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.String("from", r.RemoteAddr))
}

// observedWriter remembers what was answered.
type observedWriter struct {
	http.ResponseWriter
	status int // 0 until the header is written
	bytes  int64
}

// answered returns the status of the whole answer: a handler that writes nothing answers 200.
func (o *observedWriter) answered() int {
	if o.status == 0 {
		return http.StatusOK
	}
	return o.status
}

// Unwrap returns the writer beneath, for http.ResponseController.
func (o *observedWriter) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// WriteHeader writes the header and remembers the status of the first one that is not informational.
func (o *observedWriter) WriteHeader(status int) {
	if o.status == 0 && status >= http.StatusOK {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write writes a piece of the body and counts its bytes.
func (o *observedWriter) Write(b []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(b)
	o.bytes += int64(n)
	return n, err
}
