package qmptest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// An Answer returns what a QEMU says to a command: a line without its id, `"return": ...` or `"error": ...`. An empty
// one is never said: the QEMU hangs.
type Answer func(arguments map[string]any) string

// Return is an answer that always returns the same JSON value.
func Return(value string) Answer { return func(map[string]any) string { return `"return": ` + value } }

// Refuse is an answer that refuses, with an error of a class.
func Refuse(class, description string) Answer {
	return func(map[string]any) string {
		return fmt.Sprintf(`"error": {"class": %q, "desc": %q}`, class, description)
	}
}

// A QEMU answers as one does, each command by the answer that it was given.
type QEMU struct {
	Path     string // of its unix socket; empty of one in memory
	listener net.Listener
	serving  sync.WaitGroup

	mu       sync.Mutex
	greeting string
	answers  map[string]Answer
	asked    []string
	client   net.Conn // nil between clients
}

// New returns a QEMU in memory, which works in a testing/synctest bubble, with the answers that a real one, 10.0.2,
// gave: a guest of 256 MiB and two vCPUs that is emulated, runs, and has never been migrated. It ends with the test.
func New(t testing.TB) *QEMU {
	t.Helper()
	q := &QEMU{greeting: Greeting, answers: map[string]Answer{}}
	for command, value := range idle {
		q.answers[command] = Return(value)
	}
	q.Answer("qom-list", q.list)
	t.Cleanup(q.Quit)
	return q
}

// Start returns such a QEMU that listens on a socket, and serves one client at a time there: others wait for its
// greeting.
func Start(t testing.TB) *QEMU {
	t.Helper()
	folder, err := os.MkdirTemp("", "qmp") // a test's own has a path that is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	q := New(t)
	q.Path = filepath.Join(folder, "monitor")
	if q.listener, err = new(net.ListenConfig).Listen(t.Context(), "unix", q.Path); err != nil {
		t.Fatal(err)
	}
	q.serving.Go(q.listen)
	return q
}

// Dial returns the client's side of a connection in memory. The client before it, if one is left, hears no more.
func (q *QEMU) Dial() net.Conn {
	client, server := net.Pipe()
	q.serving.Go(func() { q.serve(server) })
	return client
}

// Answer sets how a command is answered from now on; one without an answer is not known to the QEMU.
func (q *QEMU) Answer(command string, a Answer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answers[command] = a
}

// Greet sets the line by which the next client is greeted; an empty one greets nobody.
func (q *QEMU) Greet(line string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.greeting = line
}

// Send sends a line to the client that is connected, if one is: an event, or what is none.
func (q *QEMU) Send(line string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.client != nil {
		_, _ = fmt.Fprintln(q.client, line)
	}
}

// Asked returns the commands that were given so far.
func (q *QEMU) Asked() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]string(nil), q.asked...)
}

// Cut ends the connection to the client, if one is connected, after a last word, which no line ends.
func (q *QEMU) Cut(word string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.client != nil {
		_, _ = fmt.Fprint(q.client, word)
		_ = q.client.Close()
	}
}

// Quit ends the QEMU: it hangs up and listens no more. Quitting again does nothing.
func (q *QEMU) Quit() {
	if q.listener != nil {
		_ = q.listener.Close()
	}
	q.Cut("")
	q.serving.Wait()
}

// listen serves clients one after the other.
func (q *QEMU) listen() {
	for {
		client, err := q.listener.Accept()
		if err != nil {
			return
		}
		q.serve(client)
	}
}

// serve greets a client and answers it until it goes.
func (q *QEMU) serve(client net.Conn) {
	q.mu.Lock()
	q.client = client
	greeting := q.greeting
	q.mu.Unlock()
	if greeting != "" {
		q.Send(greeting)
	}
	q.talk(client)
	q.mu.Lock()
	if q.client == client {
		q.client = nil
	}
	q.mu.Unlock()
	_ = client.Close()
}

// talk answers a client until it goes.
func (q *QEMU) talk(client net.Conn) {
	lines := bufio.NewScanner(client)
	for lines.Scan() {
		var r struct {
			Execute   string         `json:"execute"`
			Arguments map[string]any `json:"arguments"`
			ID        json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			q.Send(`{"error": {"class": "GenericError", "desc": "JSON parse error"}}`)
			continue
		}
		q.mu.Lock()
		q.asked = append(q.asked, r.Execute)
		answer := q.answers[r.Execute]
		q.mu.Unlock()
		if answer == nil {
			answer = Refuse("CommandNotFound", "The command "+r.Execute+" has not been found")
		}
		if said := answer(maps.Clone(r.Arguments)); said != "" {
			q.Send(fmt.Sprintf(`{%s, "id": %s}`, said, r.ID))
		}
	}
}

// list answers qom-list.
func (q *QEMU) list(arguments map[string]any) string {
	if value, ok := objects[fmt.Sprint(arguments["path"])]; ok {
		return `"return": ` + value
	}
	return Refuse("DeviceNotFound", "Device '"+fmt.Sprint(arguments["path"])+"' not found")(nil)
}
