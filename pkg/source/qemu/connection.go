package qemu

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"vmmp/pkg/qmp"
	"vmmp/pkg/source"
)

// connection is the one to a monitor that all calls under way share. There is none between calls, so that other
// programs are served.
type connection struct {
	at   address
	dial func(context.Context) (*session, error)
	turn chan struct{} // full while somebody dials

	mu      sync.Mutex
	current *session // nil: none
	closed  bool
}

func newConnection(a address) *connection {
	return &connection{at: a, dial: a.dial, turn: make(chan struct{}, 1)}
}

// errClosed is the error of a source that was closed.
var errClosed = errors.New("the source is closed")

// use calls f with a session, which ends when nobody uses it any more.
func (c *connection) use(ctx context.Context, f func(*session) error) error {
	s, err := c.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.release(s)
	return f(s)
}

// acquire returns the session, made if need be.
func (c *connection) acquire(ctx context.Context) (*session, error) {
	if s, err := c.join(); s != nil || err != nil {
		return s, err
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("connect to QEMU at %s: %w", c.at, ctx.Err())
	}
	if s, err := c.join(); s != nil || err != nil { // somebody else has dialled
		return s, err
	}
	s, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.Join(errClosed, s.Close())
	}
	s.users, c.current = 1, s
	return s, nil
}

// join returns the session that there is; nil where there is none.
func (c *connection) join() (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClosed
	}
	if c.current == nil || c.current.ended() {
		return nil, nil
	}
	c.current.users++
	return c.current, nil
}

// release ends a session that nobody else uses.
func (c *connection) release(s *session) {
	c.mu.Lock()
	s.users--
	last := s.users == 0
	if last && c.current == s {
		c.current = nil
	}
	c.mu.Unlock()
	if last {
		_ = s.Close()
	}
}

// close ends the session under way, and lets none be made.
func (c *connection) close() error {
	c.mu.Lock()
	c.closed = true
	s := c.current
	c.mu.Unlock()
	if s == nil {
		return nil
	}
	s.closed.Store(true)
	return s.Close()
}

// session is a conversation with a monitor.
type session struct {
	*qmp.Client
	at      address
	process int         // that listens at the other end; 0: not known
	users   int         // guarded by the connection's lock
	closed  atomic.Bool // with the source

	mu        sync.Mutex
	listeners map[chan qmp.Event]bool // nil once there are no more events
}

func (s *session) ended() bool {
	select {
	case <-s.Done():
		return true
	default:
		return false
	}
}

// answerTimeout is how long a QEMU may take to answer. One whose disks are slow can hold a question back for seconds.
const answerTimeout = 10 * time.Second

// Execute gives a command, as a query.Executor does. Its errors name the place: of a QEMU that has gone they wrap
// source.ErrGone, of one that does not answer context.DeadlineExceeded.
func (s *session) Execute(ctx context.Context, command string, arguments, result any) error {
	within, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	err := s.Client.Execute(within, command, arguments, result)
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("QEMU at %s has not answered for %v: the process is stopped, or its main loop hangs: %w",
			s.at, answerTimeout, err)
	case s.closed.Load():
		return fmt.Errorf("%w: %w", errClosed, err)
	case errors.Is(err, qmp.ErrClosed):
		return fmt.Errorf("%w: QEMU at %s: %w", source.ErrGone, s.at, err)
	}
	return fmt.Errorf("QEMU at %s: %w", s.at, err)
}

// unread is how many events a listener may be behind; it is woken by each, and asks what is so now.
const unread = 256

// listen returns a channel of the events from now on, which is closed after the last of a session that has ended, and
// what ends the listening.
func (s *session) listen() (events <-chan qmp.Event, leave func()) {
	c := make(chan qmp.Event, unread)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listeners == nil {
		close(c)
		return c, func() {}
	}
	s.listeners[c] = true
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, c)
	}
}

// spread hands each event to all who listen.
func (s *session) spread() {
	for e := range s.Events() {
		s.mu.Lock()
		for c := range s.listeners {
			select {
			case c <- e:
			default:
			}
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.listeners {
		close(c)
	}
	s.listeners = nil
}
