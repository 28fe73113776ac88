package httpd

import (
	"log/slog"
	"time"

	"vmmp/pkg/metrics"
)

// Options holds what a server is made of.
type Options struct {
	Metrics  *metrics.Metrics // nil only for a NewServer whose handler is not of NewHandler: nothing is counted
	Log      *slog.Logger
	Timeouts Timeouts
	NotFound string // the detail of the answer to a path that is not served
}

// Timeouts bound the phases of a request and of a stop.
type Timeouts struct {
	Header time.Duration // until the header of a request is there
	Read   time.Duration // grace for its body, beyond which it must come at a rate
	Write  time.Duration // grace for each piece of the answer to be taken
	Idle   time.Duration // that a connection is kept without a request
	Drain  time.Duration // for requests under way once the server stops
	Linger time.Duration // that the server is not ready before the listener is closed
}
