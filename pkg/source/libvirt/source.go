package libvirt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"vmmp/pkg/source"
)

// A Source is the domains of one libvirt. It connects anew by itself where a connection was lost or hangs.
type Source struct {
	place place

	lock    chan struct{} // held while a connection is made
	conn    *client       // guarded by lock
	retired []*client     // given up, but not closed: others' calls may be under way. Guarded by lock

	closing sync.Once
	closed  chan struct{}
}

var (
	_ source.Source = (*Source)(nil)
	_ source.Bulk   = (*Source)(nil)
)

// errClosed is of a call after Close.
var errClosed = errors.New("libvirt: the source is closed")

// Open connects to the libvirt at a URI, as the package's comment has them. Without one it takes that of
// LIBVIRT_DEFAULT_URI, else qemu:///system where this user reaches it, else qemu:///session. Errors say what to do, and
// wrap source.ErrDenied where permissions are missing.
func Open(ctx context.Context, uri string) (source.Source, error) {
	if uri == "" {
		uri = os.Getenv("LIBVIRT_DEFAULT_URI")
	}
	if uri != "" {
		return open(ctx, uri)
	}
	s, system := open(ctx, "qemu:///system")
	if system == nil {
		return s, nil
	}
	s, err := open(ctx, "qemu:///session")
	if err == nil {
		return s, nil
	}
	return nil, fmt.Errorf("%w; nor is there one at qemu:///session", system)
}

func open(ctx context.Context, uri string) (source.Source, error) {
	p, err := parsePlace(uri)
	if err != nil {
		return nil, err
	}
	s := newSource(p)
	if _, err := s.client(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// newSource returns a source that is not connected yet.
func newSource(p place) *Source {
	return &Source{place: p, lock: make(chan struct{}, 1), closed: make(chan struct{})}
}

// Close ends the connection. Calls under way fail.
func (s *Source) Close() error {
	s.closing.Do(func() {
		close(s.closed)
		s.lock <- struct{}{}
		defer func() { <-s.lock }()
		for _, c := range append(s.retired, s.conn) {
			if c != nil {
				c.close()
			}
		}
	})
	return nil
}

// client returns a connection that is of use.
func (s *Source) client(ctx context.Context) (*client, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closed:
		return nil, errClosed
	case s.lock <- struct{}{}:
	}
	defer func() { <-s.lock }()
	select {
	case <-s.closed:
		return nil, errClosed
	default:
	}
	if s.conn != nil && s.conn.alive() {
		return s.conn, nil
	}
	s.retire()
	return s.renew(ctx)
}

// renew connects. Close, which waits for the lock, ends the attempt.
func (s *Source) renew(ctx context.Context) (*client, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	c, err := s.place.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.conn = c
	return c, nil
}

// mostRetired is how many connections may stay open on which calls hang.
const mostRetired = 4

// retire puts the connection away. The oldest of those put away are closed.
func (s *Source) retire() {
	if s.conn == nil {
		return
	}
	s.retired = append(s.retired, s.conn)
	s.conn = nil
	for len(s.retired) > mostRetired {
		s.retired[0].close()
		s.retired = s.retired[1:]
	}
}

// wrap says of which place an error is.
func (s *Source) wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s at %s: %w", what, s.place.uri, err)
}

// oneLine returns text without line breaks, as libvirt's messages at times have them.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
