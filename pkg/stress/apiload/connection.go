package apiload

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"
)

// connection is one connection of the load, opened anew whenever it ended.
type connection struct {
	target *Target
	in     *bufio.Reader
	body   []byte    // of the last answer
	used   time.Time // when it was opened or answered

	mu   sync.Mutex // the interrupt comes from elsewhere
	conn net.Conn   // nil: to be opened
}

func newConnection(t *Target) *connection {
	const header = 8 << 10 // the longest line of one that is read
	return &connection{target: t, in: bufio.NewReaderSize(nil, header)}
}

// stale is for how long a connection is kept without a request: servers close idle ones after five seconds and more,
// and a request that meets the end of one fails through no fault of theirs.
const stale = 3 * time.Second

// open makes sure that there is a connection.
func (c *connection) open(ctx context.Context, timeout time.Duration) error {
	if c.conn != nil && time.Since(c.used) < stale {
		return nil
	}
	c.close()
	conn, err := c.target.dial(ctx, timeout)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.conn = conn
	c.mu.Unlock()
	c.in.Reset(conn)
	c.used = time.Now()
	return nil
}

// exchange sends a request and reads its answer. After an error the connection is closed, after the last answer that
// the server gives on it too. The answer's body is valid until the next exchange.
func (c *connection) exchange(ctx context.Context, r *request, deadline time.Time) (answer, error) {
	a, err := c.try(ctx, r, deadline)
	if c.body = a.body; err != nil || a.last {
		c.close()
	}
	c.used = time.Now()
	return a, err
}

func (c *connection) try(ctx context.Context, r *request, deadline time.Time) (answer, error) {
	if err := c.conn.SetDeadline(deadline); err != nil {
		return answer{}, err
	}
	if err := ctx.Err(); err != nil { // which may have come before that deadline was set
		return answer{}, err
	}
	if _, err := c.conn.Write(r.text); err != nil {
		return answer{}, err
	}
	return readAnswer(c.in, c.body)
}

// interrupt ends an exchange that is under way.
func (c *connection) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.SetDeadline(time.Unix(1, 0)) // it fails on a connection that is closed, which is as good
	}
}

func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.Close() // what was to be had of it has been read
		c.conn = nil
	}
}
