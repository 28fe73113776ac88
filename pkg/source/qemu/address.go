package qemu

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vmmp/pkg/qmp"
	"vmmp/pkg/source"
)

// address is where a monitor listens.
type address struct{ network, name string } // as net.Dial takes them

// parseAddress reads what a user wrote.
func parseAddress(text string) (address, error) {
	network, name, colon := strings.Cut(text, ":")
	switch {
	case network == "unix" && name != "":
		return address{"unix", name}, nil
	case network == "tcp" && strings.Contains(name, ":"):
		text = name
	case text == "" || network == "unix" || network == "tcp":
		return address{}, fmt.Errorf("%q is no address of a QEMU's monitor: give the path of its socket, "+
			"@NAME of an abstract one, or HOST:PORT", text)
	case strings.ContainsAny(text, "/@") || !colon:
		return address{"unix", text}, nil
	}
	if host, port, err := net.SplitHostPort(text); err != nil || host == "" || port == "" {
		return address{}, fmt.Errorf("%q is no address of a QEMU's monitor: give HOST:PORT, [ADDRESS]:PORT, "+
			"or the path of a socket with a / in it", text)
	}
	return address{"tcp", text}, nil
}

// String returns the address as parseAddress reads it; it is the id of the VM.
func (a address) String() string { return a.name }

// label names a VM that has no name of its own.
func (a address) label() string {
	if a.network != "unix" {
		return a.name
	}
	base := filepath.Base(strings.TrimPrefix(a.name, "@"))
	if short := strings.TrimSuffix(strings.TrimSuffix(base, ".qmp"), ".sock"); short != "" {
		return short
	}
	return base
}

// greetTimeout is how long a monitor may take until it has greeted: one that is free does so at once.
const greetTimeout = 3 * time.Second

// dial connects to the monitor. The error says in one line what is wrong and what to do.
func (a address) dial(ctx context.Context) (*session, error) {
	within, cancel := context.WithTimeout(ctx, greetTimeout)
	defer cancel()
	conn, err := a.connect(within)
	if err != nil {
		return nil, a.unreached(ctx, err)
	}
	s, err := a.begin(within, conn)
	if err != nil {
		return nil, a.ungreeted(ctx, err)
	}
	return s, nil
}

// connect connects to the socket. Where more wait for it already than the kernel lets, it tries again until the context
// ends: those who gave up waiting are still in the line.
func (a address) connect(ctx context.Context) (net.Conn, error) {
	const again = 20 * time.Millisecond
	var full error
	for {
		conn, err := new(net.Dialer).DialContext(ctx, a.network, a.name)
		switch {
		case errors.Is(err, syscall.EAGAIN):
			full = syscall.EAGAIN
		case full != nil && isTimeout(err): // the context's, which may not know yet
			return nil, full
		default:
			return conn, err
		}
		if sleep(ctx, again) != nil {
			return nil, full
		}
	}
}

// begin begins a conversation with whoever is at the other end.
func (a address) begin(ctx context.Context, conn net.Conn) (*session, error) {
	c, err := qmp.NewClient(ctx, conn)
	if err != nil {
		return nil, err
	}
	s := &session{Client: c, at: a, process: peer(conn), listeners: map[chan qmp.Event]bool{}}
	go s.spread()
	return s, nil
}

// unreached explains why there is no connection.
func (a address) unreached(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("connect to QEMU at %s: %w", a, ctx.Err())
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: there is no socket %s: is the VM running, and its QEMU started with "+
			"-qmp unix:%s,server=on,wait=off?", source.ErrGone, a, a)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nothing listens at %s: the QEMU that did has ended", source.ErrGone, a)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w to open %s: become root or the user that its QEMU runs as", source.ErrDenied, a)
	case errors.Is(err, syscall.EAGAIN):
		return a.held(syscall.EAGAIN)
	case isTimeout(err):
		return fmt.Errorf("QEMU at %s does not answer within %v: is that its host and port, and does no firewall drop it? %w",
			a, greetTimeout, context.DeadlineExceeded)
	}
	return fmt.Errorf("connect to QEMU at %s: %w", a, err)
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// ungreeted explains why a connection has not become a conversation.
func (a address) ungreeted(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("connect to QEMU at %s: %w", a, ctx.Err())
	case errors.Is(err, context.DeadlineExceeded):
		return a.held(context.DeadlineExceeded)
	case errors.Is(err, qmp.ErrClosed) && strings.Contains(err.Error(), "no message"):
		return fmt.Errorf("%s speaks, but not QMP: give the socket of a -qmp monitor, "+
			"not that of a human monitor or a console: %w", a, err)
	}
	return fmt.Errorf("QEMU at %s hung up before it had greeted: %w", a, err)
}

// held is the error of a monitor that listens and says nothing.
func (a address) held(err error) error {
	return fmt.Errorf("QEMU at %s does not greet: another client holds its monitor, which serves one at a time (ask that "+
		"one, libvirt with its own connection, or give QEMU a second -qmp), or the process is stopped: %w", a, err)
}
