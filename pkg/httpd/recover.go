package httpd

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"

	"vmmp/pkg/metrics"
)

// rescue answers a panic with 500, counts it and logs where it was. Where part of an answer is out already, the
// connection is cut, so that the client sees that it is not whole.
func rescue(m *metrics.Metrics, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(reason)
			}
			m.HTTPPanics.Inc()
			log.ErrorContext(r.Context(), "panic",
				"id", w.Header().Get(RequestIDHeader), "reason", reason, "stack", string(debug.Stack()))
			if observed, ok := w.(*observedWriter); ok && observed.status != 0 {
				panic(http.ErrAbortHandler)
			}
			NewProblem(http.StatusInternalServerError, "a fault of the server; it was logged under the request's id").Write(w)
		}()
		next.ServeHTTP(w, r)
	})
}
