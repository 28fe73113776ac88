package httpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"vmmp/pkg/metrics"
)

// maxHeaderBytes bounds the header of a request; above it net/http answers 431.
const maxHeaderBytes = 32 << 10

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

// A Server serves a handler on a listener and stops in order.
type Server struct {
	http.Handler
	options  Options
	stopping atomic.Bool
}

// NewServer returns a Server of h.
func NewServer(h http.Handler, o Options) *Server {
	return &Server{Handler: h, options: o}
}

// Serve answers requests that come in on the listener until ctx ends, and then stops in order: Stopping says so, after
// Linger the listener is closed, and what is under way is answered for as long as Drain allows. It closes the listener.
// The error is that of the listener, or says that requests had to be cut off.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	timeouts, log := s.options.Timeouts, s.options.Log
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: timeouts.Header,
		IdleTimeout:       timeouts.Idle,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	s.showReady(1)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	s.showReady(0)
	log.Info("stopping", "linger", timeouts.Linger.String(), "drain", timeouts.Drain.String())
	time.Sleep(timeouts.Linger)
	return drain(server, timeouts.Drain)
}

// Stopping reports whether the server is about to stop: it still answers, but new requests should go elsewhere.
func (s *Server) Stopping() bool { return s.stopping.Load() }

// showReady shows in the metrics whether requests are welcome.
func (s *Server) showReady(ready float64) {
	if s.options.Metrics != nil {
		s.options.Metrics.Ready.Set(ready)
	}
}

// drain lets requests under way finish, within that time.
func drain(server *http.Server, within time.Duration) error {
	server.SetKeepAlivesEnabled(false)
	bounded, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := server.Shutdown(bounded)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = server.Close() // what it would tell is that connections are closed
		return fmt.Errorf("requests were still under way after %v and were cut off", within)
	}
	return err
}
