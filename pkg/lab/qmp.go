package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// dialPause is the time between two looks for a socket.
const dialPause = 10 * time.Millisecond

// errGone is what every command fails with, the one under way and all later
// ones, once the connection to a monitor has ended.
var errGone = errors.New("the monitor is gone")

// qmpError is QEMU's refusal of a command. The connection stays usable.
type qmpError struct {
	Command string
	Class   string // GenericError, CommandNotFound, DeviceNotFound, ...
	Desc    string
}

func (e *qmpError) Error() string {
	return fmt.Sprintf("qmp %s: %s (%s)", e.Command, e.Desc, e.Class)
}

// qmp is a connection to one QEMU's monitor. Any number of goroutines may give
// commands at once: each carries an id by which its reply is known.
//
// The protocol is in QEMU's docs/interop/qmp-spec.rst: one JSON object per line.
type qmp struct {
	conn    net.Conn
	release qemuVersion
	greeted chan struct{} // closed once release is known
	out     chan []byte   // commands to be written
	queue   chan event    // filled and closed by the reader
	gone    chan struct{} // closed once cause is set
	running sync.WaitGroup

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]chan message // by id; closed without a message if the connection ends first
	cause   error                   // why the connection ended; nil while it lives
}

// dialQMP connects to the monitor that listens on the unix socket at path, waits
// for its greeting and enters command mode. A socket that is not there yet is
// waited for until ctx ends, so ctx should end when the QEMU does.
func dialQMP(ctx context.Context, path string) (*qmp, error) {
	conn, err := dialUnix(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("connect to QEMU's monitor: %w", err)
	}
	q, err := newQMP(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("QEMU's monitor at %s: %w", path, err)
	}
	return q, nil
}

func dialUnix(ctx context.Context, path string) (net.Conn, error) {
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "unix", path)
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

// newQMP greets the monitor at the other end of conn, which it closes if that
// fails.
func newQMP(ctx context.Context, conn net.Conn) (*qmp, error) {
	q := &qmp{
		conn:    conn,
		greeted: make(chan struct{}),
		out:     make(chan []byte),
		queue:   make(chan event, maxEvents),
		gone:    make(chan struct{}),
		waiting: make(map[uint64]chan message),
	}
	q.running.Go(q.read)
	q.running.Go(q.write)
	if err := q.negotiate(ctx); err != nil {
		return nil, errors.Join(err, q.close())
	}
	return q, nil
}

func (q *qmp) negotiate(ctx context.Context) error {
	select {
	case <-q.greeted:
		return q.do(ctx, "qmp_capabilities", nil, nil)
	case <-q.gone:
		return q.lost("greeting")
	case <-ctx.Done():
		return fmt.Errorf("no greeting: %w; a monitor serves one client at a time: is there another?", ctx.Err())
	}
}

// version returns QEMU's version, such as 10.0.2.
func (q *qmp) version() string {
	return fmt.Sprintf("%d.%d.%d", q.release.Major, q.release.Minor, q.release.Micro)
}

// atLeast reports whether QEMU is of version major.minor or newer.
func (q *qmp) atLeast(major, minor int) bool {
	return q.release.Major > major || q.release.Major == major && q.release.Minor >= minor
}

// do gives a command and decodes what it returns into reply. Arguments and reply
// may be nil. The error is a *qmpError if QEMU refuses, wraps errGone if the
// connection ends, and wraps ctx.Err() if ctx ends first; QEMU may then still
// carry the command out, and other commands can be given.
func (q *qmp) do(ctx context.Context, command string, arguments, reply any) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("qmp %s: %w", command, err)
	}
	id, answer := q.expect()
	defer q.forget(id)
	line, err := json.Marshal(request{command, arguments, id})
	if err != nil {
		return fmt.Errorf("qmp %s: encode the arguments: %w", command, err)
	}
	select {
	case q.out <- append(line, '\n'):
	case <-q.gone:
		return q.lost(command)
	case <-ctx.Done():
		return fmt.Errorf("qmp %s: %w", command, ctx.Err())
	}
	select {
	case m, ok := <-answer:
		if !ok {
			return q.lost(command)
		}
		return m.decode(command, reply)
	case <-ctx.Done():
		return fmt.Errorf("qmp %s: no reply: %w", command, ctx.Err())
	}
}

// decode turns the reply to command into an error or into reply.
func (m message) decode(command string, reply any) error {
	if m.Error != nil {
		return &qmpError{Command: command, Class: m.Error.Class, Desc: m.Error.Desc}
	}
	if reply == nil {
		return nil
	}
	if err := json.Unmarshal(m.Return, reply); err != nil {
		return fmt.Errorf("qmp %s: decode the reply: %w", command, err)
	}
	return nil
}

// expect returns a new id and the channel on which the reply to it will come.
func (q *qmp) expect() (uint64, <-chan message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lastID++
	answer := make(chan message, 1) // the reader never waits for one who no longer listens
	if q.cause != nil {
		close(answer)
	} else {
		q.waiting[q.lastID] = answer
	}
	return q.lastID, answer
}

func (q *qmp) forget(id uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.waiting, id)
}

// lost is the error of a command that cannot be answered any more.
func (q *qmp) lost(command string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return fmt.Errorf("qmp %s: %w: %w", command, errGone, q.cause)
}

// close ends the connection, whatever is under way. QEMU runs on.
func (q *qmp) close() error {
	err := q.end(errors.New("the connection was closed"))
	q.running.Wait()
	return err
}

// end fails every command with cause, unless the connection has ended before.
func (q *qmp) end(cause error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cause != nil {
		return nil
	}
	q.cause = cause
	for _, answer := range q.waiting {
		close(answer)
	}
	clear(q.waiting)
	close(q.gone)
	return q.conn.Close()
}
