package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Bounds on what a monitor sends.
const (
	maxMessageBytes = 8 << 20                // of one line; the longest real one, the reply to query-qmp-schema, has 0.25 MiB
	maxEvents       = 4096                   // that nobody has read yet; a migration has some tens
	shownBytes      = 80                     // of a line that cannot be read
	lastWords       = 500 * time.Millisecond // for reading what QEMU said before it stopped listening
)

// message is any line that a monitor sends: the greeting, an event or a reply.
type message struct {
	Greeting  *greeting       `json:"QMP"`
	ID        *uint64         `json:"id"`
	Return    json.RawMessage `json:"return"`
	Error     *refusal        `json:"error"`
	Event     string          `json:"event"`
	Data      json.RawMessage `json:"data"`
	Timestamp timestamp       `json:"timestamp"`
}

type greeting struct {
	Version struct {
		QEMU qemuVersion `json:"qemu"`
	} `json:"version"`
}

type qemuVersion struct {
	Major int `json:"major"`
	Minor int `json:"minor"`
	Micro int `json:"micro"`
}

type refusal struct {
	Class string `json:"class"`
	Desc  string `json:"desc"`
}

type request struct {
	Execute   string `json:"execute"`
	Arguments any    `json:"arguments,omitempty"`
	ID        uint64 `json:"id"`
}

// event is what a monitor reports unasked, such as STOP, RESUME or MIGRATION.
type event struct {
	Name string
	At   time.Time // by QEMU's clock, which is the host's; zero if QEMU could not tell
	Data json.RawMessage
}

// timestamp counts from the Unix epoch; both are -1 if QEMU could not tell.
type timestamp struct {
	Seconds      int64 `json:"seconds"`
	Microseconds int64 `json:"microseconds"`
}

func (t timestamp) time() time.Time {
	if t.Seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(t.Seconds, t.Microseconds*1000)
}

// events returns every event since the greeting, in order; no reply waits for one
// to be read. When do returns, those that QEMU sent before its reply are there.
// Of more than maxEvents unread ones the oldest are lost. The channel is closed
// after the last event of a monitor that has gone.
func (q *qmp) events() <-chan event { return q.queue }

// read hands on all that the monitor sends until the connection ends.
func (q *qmp) read() {
	defer close(q.queue)
	lines := bufio.NewScanner(q.conn)
	lines.Buffer(nil, maxMessageBytes)
	for n := 1; lines.Scan(); n++ {
		if err := q.take(lines.Bytes()); err != nil {
			_ = q.end(fmt.Errorf("line %d from QEMU: %w", n, err))
			return
		}
	}
	err := lines.Err()
	switch {
	case err == nil, errors.Is(err, syscall.ECONNRESET):
		err = errors.New("QEMU has quit or crashed; what it wrote to stderr may say why")
	case errors.Is(err, bufio.ErrTooLong):
		err = fmt.Errorf("a line from QEMU has more than %d bytes: %w", maxMessageBytes, err)
	}
	_ = q.end(err)
}

// take hands one line to whom it is for.
func (q *qmp) take(line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil
	}
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		return fmt.Errorf("%.*q is no message: %w", shownBytes, line, err)
	}
	switch {
	case m.Greeting != nil:
		return q.greet(m.Greeting.Version.QEMU)
	case m.Event != "":
		q.report(event{m.Event, m.Timestamp.time(), m.Data})
	case m.ID != nil && (m.Error != nil || m.Return != nil):
		q.answer(m)
	case m.Error != nil:
		return fmt.Errorf("a command was not understood: %s (%s)", m.Error.Desc, m.Error.Class)
	default:
		return fmt.Errorf("%.*q is neither greeting, event nor reply", shownBytes, line)
	}
	return nil
}

func (q *qmp) greet(v qemuVersion) error {
	select {
	case <-q.greeted:
		return errors.New("a second greeting")
	default:
		q.release = v
		close(q.greeted)
		return nil
	}
}

// report queues an event, in the place of the oldest if need be.
func (q *qmp) report(e event) {
	for {
		select {
		case q.queue <- e:
			return
		default:
		}
		select {
		case <-q.queue:
		default: // read meanwhile
		}
	}
}

// answer drops a reply that nobody waits for: whoever gave the command has left.
func (q *qmp) answer(m message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if answer, ok := q.waiting[*m.ID]; ok {
		answer <- m
		delete(q.waiting, *m.ID)
	}
}

// write writes commands one after the other, whole, whoever stops waiting for
// them meanwhile.
func (q *qmp) write() {
	for {
		select {
		case line := <-q.out:
			if _, err := q.conn.Write(line); err != nil {
				// The reader ends the connection, once it has read what was said before.
				_ = q.conn.SetReadDeadline(time.Now().Add(lastWords))
				return
			}
		case <-q.gone:
			return
		}
	}
}
