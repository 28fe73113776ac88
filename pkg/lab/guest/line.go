package guest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"
)

// Line is the host's end of a guest's serial line. After a migration the same guest is reached by another socket: dial
// anew. It serves one request at a time.
type Line struct {
	conn   net.Conn
	in     *bufio.Reader
	number uint64 // of the last request
}

const (
	// quietFor is how long a line must be silent to be taken for drained.
	quietFor = 20 * time.Millisecond
	// pingEvery is how long a ping may take before another is sent: a guest that is still booting loses what it is
	// sent.
	pingEvery = 250 * time.Millisecond
)

// Dial connects to the unix socket behind a guest's serial line and waits for the guest to answer, however long it
// boots, until ctx ends. What the line still held for an earlier connection is thrown away. It returns an error if
// nothing listens on the socket, or if the guest is of another version.
func Dial(ctx context.Context, path string) (*Line, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("dial serial line: %w", err)
	}
	// Numbers begin anywhere, so that a late reply to an earlier connection is no reply to this one.
	l := &Line{conn: conn, in: bufio.NewReaderSize(conn, maxLine), number: uint64(rand.Uint32())}
	if err := l.greet(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("dial serial line %s: %w", path, err)
	}
	return l, nil
}

// greet clears the line and pings until the guest answers.
func (l *Line) greet(ctx context.Context) error {
	if err := l.drain(ctx); err != nil {
		return err
	}
	for {
		attempt, cancel := context.WithTimeout(ctx, pingEvery)
		answer, err := l.request(attempt, "ping")
		cancel()
		switch {
		case err == nil && answer != greeting:
			return fmt.Errorf("the guest is %q and not %q; use the vmmp that booted it", answer, greeting)
		case err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return err
		}
	}
}

// drain ends a line that was left half sent, and reads until nothing more comes.
func (l *Line) drain(ctx context.Context) error {
	if _, err := io.WriteString(l.conn, "\n"); err != nil {
		return err
	}
	for {
		if err := l.conn.SetReadDeadline(time.Now().Add(quietFor)); err != nil {
			return err
		}
		_, err := l.in.Discard(max(1, l.in.Buffered()))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return l.conn.SetReadDeadline(time.Time{})
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the line does not fall silent: %w", ctx.Err())
		}
	}
}

// request sends a request of one line and returns the guest's result. Replies to earlier requests are skipped, so that
// the line is of use after a ctx that ended.
func (l *Line) request(ctx context.Context, line string) (string, error) {
	verb, _, _ := strings.Cut(line, " ")
	if strings.ContainsAny(line, "\r\n") || len(line) > maxLine/2 {
		return "", fmt.Errorf("ask guest: %.40q is no short line", line)
	}
	result, err := l.exchange(ctx, line)
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("ask guest to %s: %w", verb, err)
	}
	return result, nil
}

// exchange does a request without its errors' frame.
func (l *Line) exchange(ctx context.Context, line string) (string, error) {
	if err := l.conn.SetDeadline(time.Time{}); err != nil {
		return "", err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = l.conn.SetDeadline(time.Unix(1, 0))
		close(ended)
	})
	defer func() {
		if !stop() {
			<-ended // or it would end the next request
		}
	}()
	l.number++
	if _, err := fmt.Fprintf(l.conn, "%d %s\n", l.number, line); err != nil {
		return "", err
	}
	for {
		text, err := readLine(l.in)
		if err != nil {
			return "", err
		}
		if result, mine, err := readReply(text, l.number); mine {
			return result, err
		}
	}
}

// Set has the guest run a workload; it returns once the memory is filled. It returns an error if the workload is out of
// bounds, or if the guest has no room for it.
func (l *Line) Set(ctx context.Context, w Workload) error {
	if err := w.Validate(); err != nil {
		return err
	}
	_, err := l.request(ctx, "set "+w.String())
	return err
}

// Stat returns the guest's state as the guest sees it.
func (l *Line) Stat(ctx context.Context) (Stat, error) {
	text, err := l.request(ctx, "stat")
	if err != nil {
		return Stat{}, err
	}
	return parseStat(text)
}

// Sum stops the workload and returns a hash of its memory.
func (l *Line) Sum(ctx context.Context) (string, error) {
	text, err := l.request(ctx, "sum")
	return strings.TrimPrefix(text, "sum="), err
}

// Close hangs up. The guest works on.
func (l *Line) Close() error { return l.conn.Close() }
