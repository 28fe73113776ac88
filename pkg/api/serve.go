package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// maxHeaderBytes bounds the header of a request; above it net/http answers 431.
const maxHeaderBytes = 32 << 10

// Serve answers requests that come in on the listener until ctx ends, and then
// stops in order: /ready says no, after Linger the listener is closed, and what is
// under way is answered for as long as Drain allows. It closes the listener. The
// error is that of the listener, or says that requests had to be cut off.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.timeouts.Header,
		IdleTimeout:       s.timeouts.Idle,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.metrics.Ready.Set(1)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.metrics.Ready.Set(0)
	s.log.Info("stopping", "linger", s.timeouts.Linger.String(), "drain", s.timeouts.Drain.String())
	time.Sleep(s.timeouts.Linger)
	return s.drain(server)
}

// drain lets requests under way finish, within bounds.
func (s *Server) drain(server *http.Server) error {
	server.SetKeepAlivesEnabled(false)
	bounded, cancel := context.WithTimeout(context.Background(), s.timeouts.Drain)
	defer cancel()
	err := server.Shutdown(bounded)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = server.Close() // what it would tell is that connections are closed
		return fmt.Errorf("requests were still under way after %v and were cut off", s.timeouts.Drain)
	}
	return err
}
