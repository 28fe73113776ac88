// Package qmptest plays QEMU's side of a QMP connection, so that programs that use package qmp can be tested without a
// QEMU. Connections are in memory and work in a testing/synctest bubble.
package qmptest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"testing"
)

// Greeting is the line by which a Server greets, as QEMU 10.0.2 does.
const Greeting = `{"QMP": {"version": {"qemu": {"micro": 2, "minor": 0, "major": 10}, "package": "Debian"}, ` +
	`"capabilities": ["oob"]}}`

// Server is QEMU's side of a connection. Whatever goes other than the test wants fails the test.
type Server struct {
	Conn  net.Conn // for what the methods do not offer, such as garbage
	t     testing.TB
	lines *bufio.Scanner
}

// Request is a command as a client sent it, Arguments as encoding/json decodes them into an any.
type Request struct {
	Execute   string
	Arguments any
	ID        uint64
}

// Dial returns the client's side of a connection in memory. The server greets, accepts qmp_capabilities, and plays
// script on a goroutine of its own. When the test ends, it waits for the script and closes both sides.
func Dial(t testing.TB, script func(*Server)) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	played := make(chan struct{})
	go func() {
		defer close(played)
		Serve(t, server, script)
	}()
	t.Cleanup(func() {
		<-played
		_ = client.Close()
		_ = server.Close()
	})
	return client
}

// Serve greets at the server's side of conn, accepts qmp_capabilities, and plays script.
func Serve(t testing.TB, conn net.Conn, script func(*Server)) {
	s := &Server{Conn: conn, t: t, lines: bufio.NewScanner(conn)}
	s.Send("%s", Greeting)
	s.Reply(s.Command("qmp_capabilities"), "{}")
	script(s)
}

// Command reads the next command, which must have that name, and returns it.
func (s *Server) Command(name string) Request {
	s.t.Helper()
	var r Request
	if !s.lines.Scan() {
		s.t.Errorf("qmptest: no command, want %s: %v", name, s.lines.Err())
	} else if err := json.Unmarshal(s.lines.Bytes(), &r); err != nil || r.Execute != name {
		s.t.Errorf("qmptest: got %s, want %s: %v", s.lines.Bytes(), name, err)
	}
	return r
}

// Reply answers a command with what it returns, a JSON value.
func (s *Server) Reply(r Request, result string) {
	s.t.Helper()
	s.Send(`{"return": %s, "id": %d}`, result, r.ID)
}

// Send sends one line, formatted as by fmt.Sprintf.
func (s *Server) Send(format string, args ...any) {
	s.t.Helper()
	if _, err := fmt.Fprintf(s.Conn, format+"\r\n", args...); err != nil {
		s.t.Errorf("qmptest: send %s: %v", format, err)
	}
}
