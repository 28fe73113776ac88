package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// wire is a network in memory that holds nothing back: what one end writes, the other must read. In a synctest bubble
// its deadlines are the bubble's.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newWire() *wire { return &wire{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

func (w *wire) Addr() net.Addr { return &net.UnixAddr{Name: "wire"} }

// dial connects to whoever accepts, if somebody still does.
func (w *wire) dial() (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case w.conns <- server:
		return client, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

// run serves on a wire until the test stops it. stop answers what Serve returned.
func run(s *Server) (w *wire, stop func() error) {
	w = newWire()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, w) }()
	return w, func() error { cancel(); return <-ended }
}

// visitor is one connection of a client that writes what it likes.
type visitor struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func visit(t testing.TB, w *wire) *visitor {
	t.Helper()
	conn, err := w.dial()
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{conn, t, bufio.NewReader(conn)}
}

// send writes text; that the server no longer reads it is for answer to tell.
func (v *visitor) send(text string) { _, _ = io.WriteString(v.Conn, text) }

// head is a request as it goes over the wire, with these lines in its header.
func head(method, target, body string, header ...string) string {
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: vmmp\r\n", method, target)
	if body != "" {
		header = append(header, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return text + strings.Join(append(header, "", body), "\r\n")
}

// answer reads a whole answer and its body.
func (v *visitor) answer() *httptest.ResponseRecorder {
	v.t.Helper()
	response, err := http.ReadResponse(v.r, nil)
	if err != nil {
		v.t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	w := httptest.NewRecorder()
	w.Code = response.StatusCode
	for name := range response.Header {
		w.Header().Set(name, response.Header.Get(name))
	}
	if _, err := io.Copy(w.Body, response.Body); err != nil {
		v.t.Fatalf("answer %d %.300s: %v", w.Code, w.Body, err)
	}
	return w
}

// gone fails unless the server has closed the connection.
func (v *visitor) gone() {
	v.t.Helper()
	if b, err := v.r.ReadByte(); err == nil {
		v.t.Errorf("the connection is still open and says %q", b)
	}
}

// ask sends a request on a connection of its own and answers what came back.
func (w *wire) ask(t testing.TB, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	v := visit(t, w)
	defer v.Close()
	go v.send(head(method, target, body))
	return v.answer()
}

// listen serves on a port of this machine until the test ends, and answers its address. The kernel is to hold little of
// what a client does not read.
func listen(t testing.TB, s *Server) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, narrow{listener}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// held is what a kernel is to hold of what nobody reads yet, in bytes; it takes that for a hint.
const held = 64 << 10

type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if err == nil {
		err = conn.(*net.TCPConn).SetWriteBuffer(held)
	}
	return conn, err
}

// patient bounds a test that would wait for ever if the server did; it decides nothing else.
const patient = 30 * time.Second

// connect opens a connection to an address, of which the kernel holds little.
func connect(t testing.TB, address string) *visitor {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(held); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patient)); err != nil {
		t.Fatal(err)
	}
	return &visitor{conn, t, bufio.NewReader(conn)}
}
