package prometheus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"vmmp/pkg/source"
)

// atOnce is how many queries are asked at the same time.
const atOnce = 4

// Source is what a Prometheus tells by a mapping. It implements [source.Bulk].
type Source struct {
	api     v1.API
	idle    api.Client // of the same server, for its connections
	mapping Mapping
	shown   string // the server's address, without a user
	timeout time.Duration
	poll    time.Duration
	closed  context.Context // ends with Close
	close   context.CancelFunc
}

var _ source.Bulk = (*Source)(nil)

// Open returns a Source of the server at address, http(s)://host:port or that with a prefix and perhaps with a user and
// password, without asking it anything. Errors are ErrURL, ErrToken, ErrTwice and those of reading the CA.
func Open(address string, mapping Mapping, o Options) (*Source, error) {
	client, shown, err := newClient(address, o)
	if err != nil {
		return nil, err
	}
	s := &Source{api: v1.NewAPI(client), idle: client, mapping: mapping, shown: shown, timeout: o.Timeout, poll: o.Poll}
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	if s.poll <= 0 {
		s.poll = defaultPoll
	}
	s.closed, s.close = context.WithCancel(context.Background())
	return s, nil
}

// errClosed is the error of a Source that was closed.
var errClosed = errors.New("the source is closed")

// Close ends calls that are under way, and gives the connections back.
func (s *Source) Close() error {
	s.close()
	if c, ok := s.idle.(api.CloseIdler); ok {
		c.CloseIdleConnections()
	}
	return nil
}

// call returns the context of a call: it ends with the caller's, with the source, and once the time of a call is over.
func (s *Source) call(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.closed, func() { cancel(errClosed) })
	late := fmt.Errorf("no answer within %v: %w", s.timeout, context.DeadlineExceeded)
	ctx, end := context.WithTimeoutCause(ctx, s.timeout, late)
	return ctx, func() { end(); stop(); cancel(nil) }
}
