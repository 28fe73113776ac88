package prometheus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/api"

	"vmmp/pkg/source"
)

// atOnce is how many queries are asked at the same time.
const atOnce = 4

// Source is what a Prometheus tells by a mapping. It implements [source.Bulk].
type Source struct {
	client  api.Client
	mapping Mapping
	shown   string // the server's address, without a user
	timeout time.Duration
	poll    time.Duration
	closed  context.Context // ends with Close
	close   context.CancelFunc
}

var _ source.Bulk = (*Source)(nil)

// Open returns a Source of the server at address, http(s)://host:port or that with a prefix and perhaps with a user and
// password, without asking it anything. Errors are ErrURL, ErrToken, ErrTwice and those of reading the
// authorities.
func Open(address string, mapping Mapping, o Options) (*Source, error) {
	client, shown, err := newClient(address, o)
	if err != nil {
		return nil, err
	}
	s := &Source{client: client, mapping: mapping, shown: shown, timeout: o.Timeout, poll: o.Poll}
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
	if c, ok := s.client.(api.CloseIdler); ok {
		c.CloseIdleConnections()
	}
	return nil
}

// call returns the context of a call: it ends with the caller's, with the source, and once the time of a call is over.
func (s *Source) call(ctx context.Context) (context.Context, context.CancelFunc) {
	return s.within(ctx, s.timeout)
}

// within returns the context of a call that takes so long at most.
func (s *Source) within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.closed, func() { cancel(errClosed) })
	late := fmt.Errorf("no answer within %v: %w", limit, context.DeadlineExceeded)
	ctx, end := context.WithTimeoutCause(ctx, limit, late)
	return ctx, func() { end(); stop(); cancel(nil) }
}
