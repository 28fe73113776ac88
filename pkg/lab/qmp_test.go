package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const hello = `{"QMP": {"version": {"qemu": {"micro": 2, "minor": 0, "major": 10}, "package": "Debian"}, "capabilities": ["oob"]}}`

// monitor is QEMU's side of a connection, played by a test.
type monitor struct {
	t     *testing.T
	conn  net.Conn
	lines *bufio.Scanner
}

// command reads the next command, which must be of that name, and returns it.
func (m *monitor) command(name string) request {
	m.t.Helper()
	var r request
	if !m.lines.Scan() {
		m.t.Errorf("no command, want %s: %v", name, m.lines.Err())
	} else if err := json.Unmarshal(m.lines.Bytes(), &r); err != nil || r.Execute != name {
		m.t.Errorf("got %s, want %s: %v", m.lines.Bytes(), name, err)
	}
	return r
}

func (m *monitor) say(format string, args ...any) {
	m.t.Helper()
	if _, err := fmt.Fprintf(m.conn, format+"\r\n", args...); err != nil {
		m.t.Errorf("say %s: %v", format, err)
	}
}

// connected returns a client whose monitor, having greeted it, plays script.
func connected(t *testing.T, script func(*monitor)) *qmp {
	t.Helper()
	here, there := net.Pipe()
	played := make(chan struct{})
	go func() {
		defer close(played)
		m := &monitor{t, there, bufio.NewScanner(there)}
		m.say("%s", hello)
		m.say(`{"return": {}, "id": %d}`, m.command("qmp_capabilities").ID)
		script(m)
	}()
	q, err := newQMP(soon(t), here)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		<-played
		_ = q.close()
		there.Close()
	})
	return q
}

// soon is a context for what should take no time at all.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestVersion(t *testing.T) {
	q := connected(t, func(*monitor) {})
	if got := q.version(); got != "10.0.2" {
		t.Errorf("version %q", got)
	}
	for _, test := range []struct {
		major, minor int
		want         bool
	}{{9, 0, true}, {9, 2, true}, {10, 0, true}, {10, 1, false}, {11, 0, false}} {
		if got := q.atLeast(test.major, test.minor); got != test.want {
			t.Errorf("atLeast(%d, %d) = %t", test.major, test.minor, got)
		}
	}
}

func TestDoDecodesTheReply(t *testing.T) {
	q := connected(t, func(m *monitor) {
		r := m.command("query-x")
		if fmt.Sprint(r.Arguments) != "map[deep:true]" {
			m.t.Errorf("arguments %v", r.Arguments)
		}
		m.say("")
		m.say(`{"return": {"status": "fine", "unknown": 1}, "id": %d}`, r.ID)
		m.say(`{"return": [], "id": %d}`, m.command("query-x").ID)
		m.say(`{"return": {"status": "again"}, "id": %d}`, m.command("query-x").ID)
	})
	var reply struct{ Status string }
	if err := q.do(soon(t), "query-x", map[string]bool{"deep": true}, &reply); err != nil || reply.Status != "fine" {
		t.Errorf("%+v, %v", reply, err)
	}
	err := q.do(soon(t), "query-x", nil, &reply)
	if err == nil || !strings.HasPrefix(err.Error(), "qmp query-x: decode the reply: ") || errors.Is(err, errGone) {
		t.Errorf("a reply of another shape: %v", err)
	}
	if err := q.do(soon(t), "query-x", nil, &reply); err != nil || reply.Status != "again" {
		t.Errorf("after a reply of another shape: %+v, %v", reply, err)
	}
	if err := q.do(soon(t), "query-x", func() {}, nil); err == nil || !strings.Contains(err.Error(), "encode the arguments") {
		t.Errorf("arguments that are no JSON: %v", err)
	}
}

// Replies find whoever gave the command, in whatever order they come.
func TestRepliesOutOfOrder(t *testing.T) {
	const commands = 50
	q := connected(t, func(m *monitor) {
		var got []request
		for range commands {
			got = append(got, m.command("echo"))
		}
		for i := len(got) - 1; i >= 0; i-- {
			m.say(`{"event": "STEP", "timestamp": {"seconds": 1, "microseconds": 0}}`)
			m.say(`{"return": %v, "id": %d}`, got[i].Arguments, got[i].ID)
		}
	})
	var all sync.WaitGroup
	for n := range commands {
		all.Go(func() {
			var reply int
			if err := q.do(soon(t), "echo", n, &reply); err != nil || reply != n {
				t.Errorf("echo %d: %d, %v", n, reply, err)
			}
		})
	}
	all.Wait()
}

func TestRefusal(t *testing.T) {
	q := connected(t, func(m *monitor) {
		m.say(`{"id": %d, "error": {"class": "GenericError", "desc": "no such thing"}}`, m.command("migrate").ID)
		m.say(`{"return": {}, "id": %d}`, m.command("cont").ID)
	})
	err := q.do(soon(t), "migrate", nil, nil)
	var refused *qmpError
	if !errors.As(err, &refused) || *refused != (qmpError{"migrate", "GenericError", "no such thing"}) {
		t.Errorf("%#v", err)
	}
	if err == nil || err.Error() != "qmp migrate: no such thing (GenericError)" {
		t.Error(err)
	}
	if err := q.do(soon(t), "cont", nil, nil); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

// Nobody reads the events, and yet a reply comes; then those before it are there,
// in order, the newest maxEvents of them.
func TestEventsNeverBlock(t *testing.T) {
	for _, count := range []int{0, 1, 100, maxEvents, maxEvents + 1000} {
		q := connected(t, func(m *monitor) {
			id := m.command("cont").ID
			for n := range count {
				m.say(`{"timestamp": {"seconds": 1795486318, "microseconds": %d}, "event": "E", "data": {"n": %d}}`, n, n)
			}
			m.say(`{"return": {}, "id": %d}`, id)
		})
		if err := q.do(soon(t), "cont", nil, nil); err != nil {
			t.Fatal(err)
		}
		for n := max(0, count-maxEvents); n < count; n++ {
			select {
			case e := <-q.events():
				at := time.Unix(1795486318, int64(n)*1000)
				if e.Name != "E" || !e.At.Equal(at) || string(e.Data) != fmt.Sprintf(`{"n": %d}`, n) {
					t.Fatalf("event %d of %d: %s at %v: %s", n, count, e.Name, e.At, e.Data)
				}
			default:
				t.Fatalf("event %d of %d is not there", n, count)
			}
		}
		if err := q.close(); err != nil {
			t.Error(err)
		}
		if e, ok := <-q.events(); ok {
			t.Errorf("event %+v", e)
		}
	}
}

// What a monitor said before it went can still be read.
func TestEventsThenGone(t *testing.T) {
	q := connected(t, func(m *monitor) {
		m.say(`{"event": "STOP"}`)
		m.say(`{"event": "SHUTDOWN"}`)
		m.conn.Close()
	})
	var names []string
	for e := range q.events() {
		names = append(names, e.Name)
	}
	if fmt.Sprint(names) != "[STOP SHUTDOWN]" {
		t.Error(names)
	}
}

func TestEventWithoutTime(t *testing.T) {
	q := connected(t, func(m *monitor) {
		m.say(`{"event": "STOP", "timestamp": {"seconds": -1, "microseconds": -1}}`)
	})
	if e := <-q.events(); e.Name != "STOP" || !e.At.IsZero() || e.Data != nil {
		t.Errorf("%+v", e)
	}
}

// Whatever ends the connection, each command fails with errGone and its own name.
func TestGone(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"the end", "", "QEMU has quit or crashed; what it wrote to stderr may say why"},
		{"garbage", "Segmentation fault\n", `line 3 from QEMU: "Segmentation fault" is no message: `},
		{"half a line", `{"return": {`, `line 3 from QEMU: "{\"return\": {" is no message: `},
		{"an id that is not ours", `{"return": {}, "id": "x"}` + "\n", "line 3 from QEMU: "},
		{"an id without an answer", `{"id": 2}` + "\n", `line 3 from QEMU: "{\"id\": 2}" is neither greeting, event nor reply`},
		{"a list", "[]\n", `line 3 from QEMU: "[]" is no message: `},
		{"nothing but depth", strings.Repeat("[", 20000) + "\n", "line 3 from QEMU: "},
		{"null", "null\n", `line 3 from QEMU: "null" is neither greeting, event nor reply`},
		{"a second greeting", hello + "\n", "line 3 from QEMU: a second greeting"},
		{"no id", `{"error": {"class": "GenericError", "desc": "JSON parse error"}}` + "\n",
			"line 3 from QEMU: a command was not understood: JSON parse error (GenericError)"},
		{"a line without end", strings.Repeat("x", maxMessageBytes+1), "a line from QEMU has more than 8388608 bytes: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := connected(t, func(m *monitor) {
				m.command("migrate")
				_, _ = io.WriteString(m.conn, test.line) // fails where the client has had enough
				m.conn.Close()
			})
			for _, command := range []string{"migrate", "cont"} {
				err := q.do(soon(t), command, nil, nil)
				if !errors.Is(err, errGone) || !strings.HasPrefix(err.Error(), "qmp "+command+": the monitor is gone: "+test.want) {
					t.Errorf("%v", err)
				}
				if err != nil && len(err.Error()) > 300 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
			}
			if e, ok := <-q.events(); ok {
				t.Errorf("event %+v", e)
			}
		})
	}
}

// A reply that came before the end counts.
func TestReplyThenGone(t *testing.T) {
	for range 200 {
		q := connected(t, func(m *monitor) {
			m.say(`{"return": 7, "id": %d}`, m.command("quit").ID)
			m.conn.Close()
		})
		var reply int
		if err := q.do(soon(t), "quit", nil, &reply); err != nil || reply != 7 {
			t.Fatalf("%d, %v", reply, err)
		}
	}
}

// A command whose context ends is given up; the next one gets its own reply.
func TestContextEnds(t *testing.T) {
	received, next := make(chan struct{}), make(chan struct{})
	q := connected(t, func(m *monitor) {
		late := m.command("query-migrate").ID
		close(received)
		<-next
		id := m.command("query-x").ID
		m.say(`{"return": "late", "id": %d}`, late)
		m.say(`{"return": "mine", "id": %d}`, id)
	})
	ctx, cancel := context.WithCancel(soon(t))
	go func() {
		<-received
		cancel()
	}()
	if err := q.do(ctx, "query-migrate", nil, nil); !errors.Is(err, context.Canceled) || errors.Is(err, errGone) {
		t.Errorf("%v", err)
	}
	if err := q.do(ctx, "cont", nil, nil); !errors.Is(err, context.Canceled) { // never sent
		t.Errorf("%v", err)
	}
	close(next)
	var reply string
	if err := q.do(soon(t), "query-x", nil, &reply); err != nil || reply != "mine" {
		t.Errorf("%q, %v", reply, err)
	}
	if len(q.waiting) != 0 {
		t.Errorf("%d commands still wait", len(q.waiting))
	}
}

// A monitor that does not read holds nobody up for longer than they want.
func TestContextEndsWhileTheMonitorDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := make(chan struct{})
		q := connected(t, func(m *monitor) {
			<-read
			m.command("begun")
			m.say(`{"return": {}, "id": %d}`, m.command("next").ID)
		})
		for _, command := range []string{"begun", "held back"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := q.do(ctx, command, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", command, err)
			}
			cancel()
		}
		close(read)
		if err := q.do(soon(t), "next", nil, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestClose(t *testing.T) {
	q := connected(t, func(m *monitor) { _, _ = io.WriteString(m.conn, `{"event": "STOP"}`+"\n") })
	for range 2 {
		if err := q.close(); err != nil {
			t.Error(err)
		}
	}
	err := q.do(soon(t), "cont", nil, nil)
	if !errors.Is(err, errGone) || err.Error() != "qmp cont: the monitor is gone: the connection was closed" {
		t.Error(err)
	}
	for e := range q.events() {
		if e.Name != "STOP" {
			t.Errorf("%+v", e)
		}
	}
}

func TestCloseWhileACommandIsUnderWay(t *testing.T) {
	received := make(chan struct{})
	q := connected(t, func(m *monitor) {
		m.command("migrate")
		close(received)
	})
	go func() {
		<-received
		_ = q.close()
	}()
	if err := q.do(soon(t), "migrate", nil, nil); !errors.Is(err, errGone) {
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
		m := &monitor{t, conn, bufio.NewScanner(conn)}
		m.say("%s", hello)
		m.say(`{"return": {}, "id": %d}`, m.command("qmp_capabilities").ID)
		m.command("quit")
	}()
	q, err := dialQMP(soon(t), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.close() }()
	if err := q.quit(soon(t)); err != nil {
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
		_, err := dialQMP(ctx, test.path)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path) {
			t.Errorf("%s: %v", test.path, err)
		}
	}
	long := filepath.Join(dir, strings.Repeat("x", 200))
	if _, err := dialQMP(soon(t), long); err == nil || !strings.Contains(err.Error(), "invalid argument") {
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

// FuzzQMP says anything in a monitor's place: nothing panics, nothing hangs, and
// in the end every command has an answer or an error.
func FuzzQMP(f *testing.F) {
	agreed := hello + "\n" + `{"return": {}, "id": 1}` + "\n"
	for _, said := range []string{
		"", "\n\n", "{}", "null\n", "Segmentation fault\n", hello, agreed, agreed + hello,
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
		q, err := newQMP(ctx, here)
		if err == nil {
			_, err = q.queryMigrate(ctx)
			for e := range q.events() {
				if e.Name == "" {
					t.Error("an event without a name")
				}
			}
			_ = q.close()
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hangs: %v", err)
		}
	})
}
