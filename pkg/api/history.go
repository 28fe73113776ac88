package api

import (
	"context"
	"errors"
	"net/http"

	"vmmp/pkg/history"
	"vmmp/pkg/httpd"
)

// errNoHistory is the answer of a server that keeps none.
var errNoHistory = httpd.NewProblem(http.StatusNotFound,
	"this server keeps no history: start it with --history FILE or --history postgres://...")

// unavailable returns the answer when an operation of the history fails: the request may be sent again.
func (s *Server) unavailable(ctx context.Context, operation string, err error) error {
	if ctx.Err() == nil { // or it was the client who left
		s.historyFailed(operation, err)
	}
	return httpd.NewProblem(http.StatusServiceUnavailable, outline(err)).With("Retry-After", "5")
}

// historyFailed counts and logs a fault of the history.
func (s *Server) historyFailed(operation string, err error) {
	s.metrics.HistoryErrors.WithLabelValues(operation).Inc()
	s.log.Error("history failed", "operation", operation, "error", err)
}

// outline returns what a client is told of a fault of the history: not its place.
func outline(err error) string {
	for _, fault := range []error{
		history.ErrReadOnly, history.ErrDamaged, history.ErrFull, history.ErrBusy, history.ErrClosed,
	} {
		if errors.Is(err, fault) {
			return fault.Error() + "; the server's log says more"
		}
	}
	return "the history failed; the server's log says how"
}
