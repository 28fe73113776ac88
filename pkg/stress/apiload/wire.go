package apiload

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"
)

// wire is one connection of the load, opened anew whenever it ended.
type wire struct {
	target *Target
	in     *bufio.Reader
	body   []byte    // of the last answer
	used   time.Time // when it was opened or answered

	mu   sync.Mutex // the interrupt comes from elsewhere
	conn net.Conn   // nil: to be opened
}

func newWire(t *Target) *wire {
	const header = 8 << 10 // the longest line of one that is read
	return &wire{target: t, in: bufio.NewReaderSize(nil, header)}
}

// stale is for how long a connection is kept without a request: servers close idle
// ones after five seconds and more, and a request that meets the end of one fails
// through no fault of theirs.
const stale = 3 * time.Second

// open makes sure that there is a connection.
func (w *wire) open(ctx context.Context, timeout time.Duration) error {
	if w.conn != nil && time.Since(w.used) < stale {
		return nil
	}
	w.close()
	conn, err := w.target.dial(ctx, timeout)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.conn = conn
	w.mu.Unlock()
	w.in.Reset(conn)
	w.used = time.Now()
	return nil
}

// exchange sends a request and reads its answer. After an error the connection is
// closed, after the last answer that the server gives on it too. The answer's body
// is valid until the next exchange.
func (w *wire) exchange(ctx context.Context, r *request, deadline time.Time) (answer, error) {
	a, err := w.try(ctx, r, deadline)
	if w.body = a.body; err != nil || a.last {
		w.close()
	}
	w.used = time.Now()
	return a, err
}

func (w *wire) try(ctx context.Context, r *request, deadline time.Time) (answer, error) {
	if err := w.conn.SetDeadline(deadline); err != nil {
		return answer{}, err
	}
	if err := ctx.Err(); err != nil { // which may have come before that deadline was set
		return answer{}, err
	}
	if _, err := w.conn.Write(r.text); err != nil {
		return answer{}, err
	}
	return readAnswer(w.in, w.body)
}

// interrupt ends an exchange that is under way.
func (w *wire) interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		_ = w.conn.SetDeadline(time.Unix(1, 0)) // it fails on a connection that is closed, which is as good
	}
}

func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		_ = w.conn.Close() // what was to be had of it has been read
		w.conn = nil
	}
}
