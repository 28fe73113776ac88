package libvirt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"

	"vmmp/pkg/source"
)

// A client is one connection to libvirt, of any number of calls at once.
type client struct {
	*golibvirt.Libvirt
	wire     *wire
	events   *queue
	readOnly bool
	pace     pace
	host     string  // name of the machine that libvirt runs on
	version  float64 // of its QEMU, as migration.VersionNumber; NaN where unknown

	slots     chan struct{} // one for each call under way
	abandoned atomic.Int32  // calls under way whose callers have gone
}

// callsAtOnce is how many calls are sent at once: libvirt by default takes five of a client, and one is kept for what
// must not wait.
const callsAtOnce = 4

// mostAbandoned is how many calls may hang before the connection is given up for another.
const mostAbandoned = 2

// connect opens a connection, read-write where the place permits it.
func (p place) connect(ctx context.Context) (*client, error) {
	c, err := p.open(ctx, false)
	if errors.Is(err, source.ErrDenied) && p.canReadOnly() {
		if c, again := p.open(ctx, true); again == nil {
			return c, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("connect to libvirt at %s: %w", p.uri, err)
	}
	return c, nil
}

// open opens a connection of one kind.
func (p place) open(ctx context.Context, readOnly bool) (*client, error) {
	conn, err := p.dial(ctx, readOnly)
	if err != nil {
		return nil, err
	}
	events := newQueue()
	w := newWire(conn, events.put)
	c := &client{Libvirt: golibvirt.NewWithDialer(dialers.NewAlreadyConnected(w)), wire: w, events: events,
		slots:    make(chan struct{}, callsAtOnce),
		pace:     p.pace,
		readOnly: readOnly || strings.HasSuffix(p.options.Get("socket"), readOnlyEnding)}
	_, err = call(ctx, c, func() (struct{}, error) {
		return struct{}{}, c.ConnectToURI(golibvirt.ConnectURI(p.driver))
	})
	if err == nil {
		err = c.introduce(ctx)
	}
	if err != nil {
		_ = c.wire.Close() // the error that there is says more
		return nil, err
	}
	return c, nil
}

// introduce asks for what does not change.
func (c *client) introduce(ctx context.Context) (err error) {
	if c.host, err = call(ctx, c, c.ConnectGetHostname); err != nil {
		return err
	}
	number, err := call(ctx, c, c.ConnectGetVersion)
	c.version = versionNumber(number)
	if err != nil && ctx.Err() == nil && c.alive() {
		return nil // QEMU may not be installed (any more)
	}
	return err
}

// alive reports whether the connection is of use for more calls.
func (c *client) alive() bool {
	select {
	case <-c.wire.dead:
		return false
	default:
		return c.abandoned.Load() < mostAbandoned
	}
}

// close ends the connection, and every call on it.
func (c *client) close() { _ = c.wire.Close() }

// errBusy is of a domain that does not answer, or is not asked since too many others do not.
var errBusy = errors.New("it is busy, or hangs")

// patiently makes one call that a domain alone may hold up. It waits no longer than that may, and not at all while so
// many calls hang that the connection would take no more: errBusy says so.
func patiently[T any](ctx context.Context, c *client, f func() (T, error)) (T, error) {
	if err := c.acquire(ctx, true); err != nil {
		var none T
		return none, err
	}
	patient, cancel := context.WithTimeout(ctx, c.pace.detail)
	defer cancel()
	v, err := await(patient, c, f)
	if err != nil && patient.Err() != nil && ctx.Err() == nil {
		err = errBusy
	}
	return v, err
}

// call makes one call. It returns early when the context ends, and leaves the call to end by itself or with the
// connection. Errors are as failure has them.
func call[T any](ctx context.Context, c *client, f func() (T, error)) (T, error) {
	if err := c.acquire(ctx, false); err != nil {
		var none T
		return none, err
	}
	return await(ctx, c, f)
}

// acquire waits for the turn of a call; of one that is not urgent, only while the connection is of use.
func (c *client) acquire(ctx context.Context, patient bool) error {
	again := time.NewTicker(c.pace.detail / 10)
	defer again.Stop()
	for {
		if patient && c.abandoned.Load() >= mostAbandoned {
			return errBusy
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wire.dead:
			return c.wire.err
		case c.slots <- struct{}{}:
			return nil
		case <-again.C:
		}
	}
}

// await makes a call whose turn it is.
func await[T any](ctx context.Context, c *client, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var none T
	done := make(chan result, 1)
	go func() {
		defer func() { <-c.slots }()
		var r result
		defer func() {
			if fault := recover(); fault != nil { // of the decoder, on an answer that makes no sense
				r.err = fmt.Errorf("read libvirt's answer: %v", fault)
			}
			done <- r
		}()
		r.value, r.err = f()
	}()
	select {
	case r := <-done:
		return r.value, c.failure(r.err)
	case <-c.wire.dead: // so that the call ends, too
		select {
		case r := <-done:
			return r.value, c.failure(r.err)
		case <-ctx.Done():
			return none, ctx.Err()
		}
	case <-ctx.Done():
		c.abandoned.Add(1)
		go func() {
			<-done
			c.abandoned.Add(-1)
		}()
		return none, ctx.Err()
	}
}

// failure returns the error of a call as package source has it.
func (c *client) failure(err error) error {
	if err == nil {
		return nil
	}
	var told golibvirt.Error
	if !errors.As(err, &told) {
		select {
		case <-c.wire.dead:
			if errors.Is(c.wire.err, net.ErrClosed) && !errors.Is(err, golibvirt.ErrInterrupted) {
				return err // which go-libvirt has closed it for
			}
			return c.wire.err
		default:
		}
		if errors.Is(err, golibvirt.ErrUnsupported) {
			return fmt.Errorf("%w: this libvirt is too old for it", source.ErrUnsupported)
		}
		c.wire.end(err) // a call that could not be made, or an answer that could not be read: the next will fare no better
		return err
	}
	switch golibvirt.ErrorNumber(told.Code) {
	case golibvirt.ErrNoDomain:
		return fmt.Errorf("%w: %s", source.ErrGone, told.Message)
	case golibvirt.ErrOperationDenied, golibvirt.ErrAccessDenied, golibvirt.ErrAuthFailed,
		golibvirt.ErrAuthCancelled, golibvirt.ErrAuthUnavailable:
		return fmt.Errorf("%w: %s", source.ErrDenied, told.Message)
	case golibvirt.ErrNoSupport, golibvirt.ErrConfigUnsupported, golibvirt.ErrArgumentUnsupported,
		golibvirt.ErrOperationUnsupported:
		return fmt.Errorf("%w: %s", source.ErrUnsupported, told.Message)
	}
	return err
}
