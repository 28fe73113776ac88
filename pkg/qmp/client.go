package qmp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

const (
	dialPause = 10 * time.Millisecond  // between two looks for a socket
	lastWords = 500 * time.Millisecond // for reading what QEMU said before it stopped listening
)

// Client is a connection to one QEMU's monitor. Its methods may be called by any number of goroutines at once.
type Client struct {
	conn    net.Conn
	version Version
	greeted chan struct{} // closed once version is known
	out     chan []byte   // commands to be written
	events  *eventQueue   // filled and closed by the reader
	pending *pending
	running sync.WaitGroup
}

// Dial connects to the monitor at an address, such as "unix" and the path of a socket or "tcp" and HOST:PORT, waits for
// its greeting and enters command mode. It fails at once if nothing listens there, and when ctx ends. After that ctx
// has no effect on the client.
func Dial(ctx context.Context, network, address string) (*Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	return open(ctx, conn, err, address)
}

// DialWait connects as Dial does, to a QEMU that is being started: while there is no socket, or nothing listens on it,
// it tries again until ctx ends. So ctx should end when the QEMU does.
func DialWait(ctx context.Context, network, address string) (*Client, error) {
	conn, err := dialWait(ctx, network, address)
	return open(ctx, conn, err, address)
}

func dialWait(ctx context.Context, network, address string) (net.Conn, error) {
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, network, address)
		if !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.ECONNREFUSED) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w; last try: %w", ctx.Err(), err)
		case <-time.After(dialPause):
		}
	}
}

// open makes a client of a connection that was dialled, or failed to be.
func open(ctx context.Context, conn net.Conn, err error, address string) (*Client, error) {
	if err != nil {
		return nil, fmt.Errorf("connect to QEMU's monitor: %w", err)
	}
	c, err := NewClient(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("QEMU's monitor at %s: %w", address, err)
	}
	return c, nil
}

// NewClient waits for the greeting of the monitor at the other end of conn and enters command mode. The client owns
// conn from then on; if NewClient fails, conn is closed.
func NewClient(ctx context.Context, conn net.Conn) (*Client, error) {
	c := &Client{
		conn:    conn,
		greeted: make(chan struct{}),
		out:     make(chan []byte),
		events:  newEventQueue(),
		pending: newPending(),
	}
	c.running.Go(c.read)
	c.running.Go(c.write)
	if err := c.negotiate(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Client) negotiate(ctx context.Context) error {
	select {
	case <-c.greeted:
		return c.Execute(ctx, "qmp_capabilities", nil, nil)
	case <-c.pending.ended:
		return fmt.Errorf("qmp greeting: %w", c.pending.err())
	case <-ctx.Done():
		return fmt.Errorf("no greeting: %w; a monitor serves one client at a time: is there another?", ctx.Err())
	}
}

// Version returns QEMU's version, as the greeting told it.
func (c *Client) Version() Version { return c.version }

// Execute gives a command and stores what it returns in result, as json.Unmarshal does. Arguments are encoded as
// json.Marshal does; arguments and result may be nil. The error is an *Error if QEMU refuses the command. It wraps
// ErrClosed if the connection ends, and ctx.Err() if ctx ends first; QEMU may then still carry the command out, and
// other commands can be given.
func (c *Client) Execute(ctx context.Context, command string, arguments, result any) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("qmp %s: %w", command, err)
	}
	id, reply := c.pending.add()
	defer c.pending.remove(id)
	line, err := json.Marshal(request{command, arguments, id})
	if err != nil {
		return fmt.Errorf("qmp %s: encode the arguments: %w", command, err)
	}
	select {
	case c.out <- append(line, '\n'):
	case <-c.pending.ended:
		return fmt.Errorf("qmp %s: %w", command, c.pending.err())
	case <-ctx.Done():
		return fmt.Errorf("qmp %s: %w", command, ctx.Err())
	}
	select {
	case m, ok := <-reply:
		if !ok {
			return fmt.Errorf("qmp %s: %w", command, c.pending.err())
		}
		return m.decode(command, result)
	case <-ctx.Done():
		return fmt.Errorf("qmp %s: no reply: %w", command, ctx.Err())
	}
}

// Events returns the channel of all events since the greeting, in order. Each event is received once, whoever reads.
// When Execute returns, the events that QEMU sent before its reply are in the channel. Of more than MaxEvents unread
// ones the oldest are lost. The channel is closed after the last event of a connection that has ended.
func (c *Client) Events() <-chan Event { return c.events.unread }

// LostEvents returns how many events have been lost so far because nobody read them.
func (c *Client) LostEvents() uint64 { return c.events.lost.Load() }

// DiscardEvents drops the events that have come and have not been read.
func (c *Client) DiscardEvents() { c.events.discard() }

// WaitEvent reads events up to the next one of a name and returns it; those before it are dropped. The error wraps
// ErrClosed if the connection ends before it comes, and is ctx.Err() if ctx does.
func (c *Client) WaitEvent(ctx context.Context, name string) (Event, error) {
	for {
		select {
		case <-ctx.Done():
			return Event{}, ctx.Err()
		case e, ok := <-c.events.unread:
			if !ok {
				return Event{}, fmt.Errorf("wait for %s: %w", name, c.pending.err())
			}
			if e.Name == name {
				return e, nil
			}
		}
	}
}

// Done returns a channel that is closed when the connection has ended, whichever side ended it.
func (c *Client) Done() <-chan struct{} { return c.pending.ended }

// Close ends the connection, whatever is under way, and waits for the client's goroutines. QEMU runs on. Closing again
// does nothing.
func (c *Client) Close() error {
	err := c.end(errors.New("the connection was closed"))
	c.running.Wait()
	return err
}

// end fails every command with cause, unless the connection has ended before.
func (c *Client) end(cause error) error {
	if !c.pending.end(cause) {
		return nil
	}
	return c.conn.Close()
}

// read hands on all that the monitor sends until the connection ends.
func (c *Client) read() {
	defer close(c.events.unread)
	lines := bufio.NewScanner(c.conn)
	lines.Buffer(nil, MaxMessageBytes)
	for n := 1; lines.Scan(); n++ {
		if err := c.dispatch(lines.Bytes()); err != nil {
			_ = c.end(fmt.Errorf("line %d from QEMU: %w", n, err))
			return
		}
	}
	err := lines.Err()
	switch {
	case err == nil, errors.Is(err, syscall.ECONNRESET):
		err = errors.New("QEMU has quit or crashed; what it wrote to stderr may say why")
	case errors.Is(err, bufio.ErrTooLong):
		err = fmt.Errorf("a line from QEMU has more than %d bytes: %w", MaxMessageBytes, err)
	}
	_ = c.end(err)
}

// dispatch hands one line to whom it is for.
func (c *Client) dispatch(line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil
	}
	m, err := parseMessage(line)
	switch {
	case err != nil:
		return err
	case m.Greeting != nil:
		return c.greet(m.Greeting.Version.QEMU)
	case m.Event != "":
		c.events.put(Event{m.Event, m.Timestamp.time(), m.Data})
	default:
		c.pending.deliver(m)
	}
	return nil
}

func (c *Client) greet(v Version) error {
	select {
	case <-c.greeted:
		return errors.New("a second greeting")
	default:
		c.version = v
		close(c.greeted)
		return nil
	}
}

// write writes commands one after the other, whole, whoever stops waiting for them meanwhile.
func (c *Client) write() {
	for {
		select {
		case line := <-c.out:
			if _, err := c.conn.Write(line); err != nil {
				// The reader ends the connection, once it has read what was said before.
				_ = c.conn.SetReadDeadline(time.Now().Add(lastWords))
				return
			}
		case <-c.pending.ended:
			return
		}
	}
}
