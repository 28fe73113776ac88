package qmp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/qmp/qmptest"
)

// connected returns a client whose server, having greeted it, plays script.
func connected(t *testing.T, script func(*qmptest.Server)) *Client {
	t.Helper()
	c, err := NewClient(soon(t), qmptest.Dial(t, script))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// soon is a context for what should take no time at all.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestVersion(t *testing.T) {
	c := connected(t, func(*qmptest.Server) {})
	if got := c.Version().String(); got != "10.0.2" {
		t.Errorf("version %q", got)
	}
	for _, test := range []struct {
		major, minor int
		want         bool
	}{{9, 0, true}, {9, 2, true}, {10, 0, true}, {10, 1, false}, {11, 0, false}} {
		if got := c.Version().AtLeast(test.major, test.minor); got != test.want {
			t.Errorf("AtLeast(%d, %d) = %t", test.major, test.minor, got)
		}
	}
}

func TestDoDecodesTheReply(t *testing.T) {
	c := connected(t, func(s *qmptest.Server) {
		r := s.Command("query-x")
		if fmt.Sprint(r.Arguments) != "map[deep:true]" {
			t.Errorf("arguments %v", r.Arguments)
		}
		s.Send("")
		s.Reply(r, `{"status": "fine", "unknown": 1}`)
		s.Reply(s.Command("query-x"), `[]`)
		s.Reply(s.Command("query-x"), `{"status": "again"}`)
	})
	var reply struct{ Status string }
	if err := c.Execute(soon(t), "query-x", map[string]bool{"deep": true}, &reply); err != nil || reply.Status != "fine" {
		t.Errorf("%+v, %v", reply, err)
	}
	err := c.Execute(soon(t), "query-x", nil, &reply)
	if err == nil || !strings.HasPrefix(err.Error(), "qmp query-x: decode the reply: ") || errors.Is(err, ErrClosed) {
		t.Errorf("a reply of another shape: %v", err)
	}
	if err := c.Execute(soon(t), "query-x", nil, &reply); err != nil || reply.Status != "again" {
		t.Errorf("after a reply of another shape: %+v, %v", reply, err)
	}
	if err := c.Execute(soon(t), "query-x", func() {}, nil); err == nil || !strings.Contains(err.Error(), "encode the arguments") {
		t.Errorf("arguments that are no JSON: %v", err)
	}
}

// Replies find whoever gave the command, in whatever order they come.
func TestRepliesOutOfOrder(t *testing.T) {
	const commands = 50
	c := connected(t, func(s *qmptest.Server) {
		var got []qmptest.Request
		for range commands {
			got = append(got, s.Command("echo"))
		}
		for i := len(got) - 1; i >= 0; i-- {
			s.Send(`{"event": "STEP", "timestamp": {"seconds": 1, "microseconds": 0}}`)
			s.Reply(got[i], fmt.Sprint(got[i].Arguments))
		}
	})
	var all sync.WaitGroup
	for n := range commands {
		all.Go(func() {
			var reply int
			if err := c.Execute(soon(t), "echo", n, &reply); err != nil || reply != n {
				t.Errorf("echo %d: %d, %v", n, reply, err)
			}
		})
	}
	all.Wait()
}

func TestRefusal(t *testing.T) {
	c := connected(t, func(s *qmptest.Server) {
		s.Send(`{"id": %d, "error": {"class": "GenericError", "desc": "no such thing"}}`, s.Command("migrate").ID)
		s.Reply(s.Command("cont"), `{}`)
	})
	err := c.Execute(soon(t), "migrate", nil, nil)
	var refused *Error
	if !errors.As(err, &refused) || *refused != (Error{"migrate", "GenericError", "no such thing"}) {
		t.Errorf("%#v", err)
	}
	if err == nil || err.Error() != "qmp migrate: no such thing (GenericError)" {
		t.Error(err)
	}
	if err := c.Execute(soon(t), "cont", nil, nil); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

// Nobody reads the events, and yet a reply comes; then those before it are there, in order, the newest MaxEvents of
// them.
func TestEventsNeverBlock(t *testing.T) {
	for _, count := range []int{0, 1, 100, MaxEvents, MaxEvents + 1000} {
		c := connected(t, func(s *qmptest.Server) {
			r := s.Command("cont")
			for n := range count {
				s.Send(`{"timestamp": {"seconds": 1795486318, "microseconds": %d}, "event": "E", "data": {"n": %d}}`, n, n)
			}
			s.Reply(r, "{}")
		})
		if err := c.Execute(soon(t), "cont", nil, nil); err != nil {
			t.Fatal(err)
		}
		if got := c.LostEvents(); got != uint64(max(0, count-MaxEvents)) {
			t.Errorf("%d of %d events are lost", got, count)
		}
		for n := max(0, count-MaxEvents); n < count; n++ {
			select {
			case e := <-c.Events():
				at := time.Unix(1795486318, int64(n)*1000)
				if e.Name != "E" || !e.At.Equal(at) || string(e.Data) != fmt.Sprintf(`{"n": %d}`, n) {
					t.Fatalf("event %d of %d: %s at %v: %s", n, count, e.Name, e.At, e.Data)
				}
			default:
				t.Fatalf("event %d of %d is not there", n, count)
			}
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if e, ok := <-c.Events(); ok {
			t.Errorf("event %+v", e)
		}
	}
}

// What a monitor said before it went can still be read.
func TestEventsThenGone(t *testing.T) {
	c := connected(t, func(s *qmptest.Server) {
		s.Send(`{"event": "STOP"}`)
		s.Send(`{"event": "SHUTDOWN"}`)
		s.Conn.Close()
	})
	var names []string
	for e := range c.Events() {
		names = append(names, e.Name)
	}
	if fmt.Sprint(names) != "[STOP SHUTDOWN]" {
		t.Error(names)
	}
}

func TestWaitAndDiscardEvents(t *testing.T) {
	next := make(chan struct{})
	c := connected(t, func(s *qmptest.Server) {
		s.Send(`{"event": "A"}`)
		s.Send(`{"event": "B"}`)
		<-next
		s.Send(`{"event": "C"}`)
		s.Reply(s.Command("cont"), "{}")
		s.Conn.Close()
	})
	if e, err := c.WaitEvent(soon(t), "B"); err != nil || e.Name != "B" {
		t.Errorf("%v, %v", e, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.WaitEvent(ended, "C"); !errors.Is(err, context.Canceled) {
		t.Errorf("past its context: %v", err)
	}
	close(next)
	if err := c.Execute(soon(t), "cont", nil, nil); err != nil {
		t.Error(err)
	}
	c.DiscardEvents()
	if n := len(c.Events()); n != 0 {
		t.Errorf("%d events are left", n)
	}
	if _, err := c.WaitEvent(soon(t), "D"); !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "wait for D") {
		t.Errorf("of a QEMU that has gone: %v", err)
	}
	c.DiscardEvents()
}

func TestEventWithoutTime(t *testing.T) {
	c := connected(t, func(s *qmptest.Server) {
		s.Send(`{"event": "STOP", "timestamp": {"seconds": -1, "microseconds": -1}}`)
	})
	if e := <-c.Events(); e.Name != "STOP" || !e.At.IsZero() || e.Data != nil {
		t.Errorf("%+v", e)
	}
}

// Whatever ends the connection, each command fails with ErrClosed and its own name.
func TestGone(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"the end", "", "QEMU has quit or crashed; what it wrote to stderr may say why"},
		{"garbage", "Segmentation fault\n", `line 3 from QEMU: "Segmentation fault" is no message: `},
		{"half a line", `{"return": {`, `line 3 from QEMU: "{\"return\": {" was cut in the middle: `},
		{"an id that is not ours", `{"return": {}, "id": "x"}` + "\n", "line 3 from QEMU: "},
		{"an id without an answer", `{"id": 2}` + "\n", `line 3 from QEMU: "{\"id\": 2}" is neither greeting, event nor reply`},
		{"a list", "[]\n", `line 3 from QEMU: "[]" is no message: `},
		{"nothing but depth", strings.Repeat("[", 20000) + "\n", "line 3 from QEMU: "},
		{"null", "null\n", `line 3 from QEMU: "null" is neither greeting, event nor reply`},
		{"a second greeting", qmptest.Greeting + "\n", "line 3 from QEMU: a second greeting"},
		{"no id", `{"error": {"class": "GenericError", "desc": "JSON parse error"}}` + "\n",
			"line 3 from QEMU: a command was not understood: JSON parse error (GenericError)"},
		{"a line without end", strings.Repeat("x", MaxMessageBytes+1), "a line from QEMU has more than 8388608 bytes: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := connected(t, func(s *qmptest.Server) {
				s.Command("migrate")
				_, _ = io.WriteString(s.Conn, test.line) // fails where the client has had enough
				s.Conn.Close()
			})
			for _, command := range []string{"migrate", "cont"} {
				err := c.Execute(soon(t), command, nil, nil)
				if !errors.Is(err, ErrClosed) || !strings.HasPrefix(err.Error(), "qmp "+command+": the monitor is gone: "+test.want) {
					t.Errorf("%v", err)
				}
				if err != nil && len(err.Error()) > 300 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
			}
			if e, ok := <-c.Events(); ok {
				t.Errorf("event %+v", e)
			}
		})
	}
}

// A reply that came before the end counts.
func TestReplyThenGone(t *testing.T) {
	for range 200 {
		c := connected(t, func(s *qmptest.Server) {
			s.Reply(s.Command("quit"), `7`)
			s.Conn.Close()
		})
		var reply int
		if err := c.Execute(soon(t), "quit", nil, &reply); err != nil || reply != 7 {
			t.Fatalf("%d, %v", reply, err)
		}
	}
}

// A command whose context ends is given up; the next one gets its own reply.
func TestContextEnds(t *testing.T) {
	received, next := make(chan struct{}), make(chan struct{})
	c := connected(t, func(s *qmptest.Server) {
		late := s.Command("query-migrate")
		close(received)
		<-next
		next := s.Command("query-x")
		s.Reply(late, `"late"`)
		s.Reply(next, `"mine"`)
	})
	ctx, cancel := context.WithCancel(soon(t))
	go func() {
		<-received
		cancel()
	}()
	if err := c.Execute(ctx, "query-migrate", nil, nil); !errors.Is(err, context.Canceled) || errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if err := c.Execute(ctx, "cont", nil, nil); !errors.Is(err, context.Canceled) { // never sent
		t.Errorf("%v", err)
	}
	close(next)
	var reply string
	if err := c.Execute(soon(t), "query-x", nil, &reply); err != nil || reply != "mine" {
		t.Errorf("%q, %v", reply, err)
	}
	if len(c.pending.waiting) != 0 {
		t.Errorf("%d commands still wait", len(c.pending.waiting))
	}
}

// A monitor that does not read holds nobody up for longer than they want.
func TestContextEndsWhileTheMonitorDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := make(chan struct{})
		c := connected(t, func(s *qmptest.Server) {
			<-read
			s.Command("begun")
			s.Reply(s.Command("next"), `{}`)
		})
		for _, command := range []string{"begun", "held back"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := c.Execute(ctx, command, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", command, err)
			}
			cancel()
		}
		close(read)
		if err := c.Execute(soon(t), "next", nil, nil); err != nil {
			t.Error(err)
		}
	})
}

// Done tells of the end, whoever ended it.
func TestDone(t *testing.T) {
	quit := make(chan struct{})
	c := connected(t, func(s *qmptest.Server) {
		<-quit
		s.Conn.Close()
	})
	select {
	case <-c.Done():
		t.Error("a connection that lives is done")
	default:
	}
	close(quit)
	<-c.Done()
	closed := connected(t, func(*qmptest.Server) {})
	if err := closed.Close(); err != nil {
		t.Error(err)
	}
	<-closed.Done()
}

func TestClose(t *testing.T) {
	c := connected(t, func(s *qmptest.Server) { _, _ = io.WriteString(s.Conn, `{"event": "STOP"}`+"\n") })
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	err := c.Execute(soon(t), "cont", nil, nil)
	if !errors.Is(err, ErrClosed) || err.Error() != "qmp cont: the monitor is gone: the connection was closed" {
		t.Error(err)
	}
	for e := range c.Events() {
		if e.Name != "STOP" {
			t.Errorf("%+v", e)
		}
	}
}

func TestCloseWhileACommandIsUnderWay(t *testing.T) {
	received := make(chan struct{})
	c := connected(t, func(s *qmptest.Server) {
		s.Command("migrate")
		close(received)
	})
	go func() {
		<-received
		_ = c.Close()
	}()
	if err := c.Execute(soon(t), "migrate", nil, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// The socket may come after the client; commands go over a real one too.
func TestDialWaitsForTheSocket(t *testing.T) {
	path := filepath.Join(shortDir(t), "qmp")
	go func() {
		time.Sleep(3 * dialPause)
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Error(err)
			return
		}
		defer listener.Close()
		conn, err := listener.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		qmptest.Serve(t, conn, func(s *qmptest.Server) { s.Command("quit") })
	}()
	c, err := DialWait(soon(t), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Execute(soon(t), "quit", nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("quit, where QEMU goes without a reply: %v", err)
	}
}

func TestDialFails(t *testing.T) {
	dir := shortDir(t)
	silent := filepath.Join(dir, "silent")
	listener, err := net.Listen("unix", silent)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, test := range []struct{ path, want string }{
		{filepath.Join(dir, "none"), "connect to QEMU's monitor: "},
		{silent, "no greeting: context deadline exceeded; a monitor serves one client at a time"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*dialPause)
		_, err := DialWait(ctx, "unix", test.path)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path) {
			t.Errorf("%s: %v", test.path, err)
		}
	}
	if _, err := Dial(soon(t), "unix", filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where nothing listens: %v", err)
	}
	long := filepath.Join(dir, strings.Repeat("x", 200))
	if _, err := DialWait(soon(t), "unix", long); err == nil || !strings.Contains(err.Error(), "invalid argument") {
		t.Errorf("a path that no socket can have: %v", err)
	}
}

// shortDir is a folder whose sockets have paths below the 108 bytes of sun_path.
func shortDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "qmp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// FuzzClient says anything in a server's place: nothing panics, nothing hangs, and in the end every command has an
// answer or an error.
func FuzzClient(f *testing.F) {
	agreed := qmptest.Greeting + "\n" + `{"return": {}, "id": 1}` + "\n"
	for _, said := range []string{
		"", "\n\n", "{}", "null\n", "Segmentation fault\n", qmptest.Greeting, agreed, agreed + qmptest.Greeting,
		agreed + `{"return": {"status": "active", "ram": {"mbps": 1.5}}, "id": 2}` + "\n",
		agreed + `{"error": {"class": "C", "desc": "D"}, "id": 2}` + "\n",
		agreed + `{"return": {}, "id": 18446744073709551616}` + "\n",
		agreed + `{"event": "STOP", "timestamp": {"seconds": 9223372036854775807, "microseconds": -9223372036854775808}}` + "\n",
		`{"QMP": {"version": {"qemu": {"major": 1e99}}}}` + "\n",
	} {
		f.Add([]byte(said))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		go func() {
			defer there.Close()
			_, _ = there.Write(said)
		}()
		c, err := NewClient(ctx, here)
		if err == nil {
			err = c.Execute(ctx, "query-migrate", nil, new(struct{ RAM struct{ Mbps float64 } }))
			for e := range c.Events() {
				if e.Name == "" {
					t.Error("an event without a name")
				}
			}
			_ = c.Close()
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hangs: %v", err)
		}
	})
}
