package qmp

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// MaxMessageBytes is the length of a line from the server above which the connection is ended. The longest real one,
// the reply to query-qmp-schema, has 0.25 MiB.
const MaxMessageBytes = 8 << 20

// shownBytes is how much of a line that cannot be read an error shows.
const shownBytes = 80

// message is any line that a server sends: the greeting, an event or a reply.
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
		QEMU Version `json:"qemu"`
	} `json:"version"`
}

// Version is the version of a QEMU.
type Version struct {
	Major int `json:"major"`
	Minor int `json:"minor"`
	Micro int `json:"micro"`
}

// String returns the version as QEMU writes it, such as 10.0.2.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Micro) }

// AtLeast reports whether the version is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

type refusal struct {
	Class string `json:"class"`
	Desc  string `json:"desc"`
}

// timestamp counts from the Unix epoch; both numbers are -1 if QEMU could not tell.
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

// request is a command as it is sent.
type request struct {
	Execute   string `json:"execute"`
	Arguments any    `json:"arguments,omitempty"`
	ID        uint64 `json:"id"`
}

// parseMessage reads a line, which must be a greeting, an event or a reply with the id of its command.
func parseMessage(line []byte) (message, error) {
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && syntax.Offset >= int64(len(line)) && len(line) > 0 {
			return m, fmt.Errorf("%.*q was cut in the middle: %w", shownBytes, line, err)
		}
		return m, fmt.Errorf("%.*q is no message: %w", shownBytes, line, err)
	}
	switch {
	case m.Greeting != nil, m.Event != "", m.ID != nil && (m.Error != nil || m.Return != nil):
		return m, nil
	case m.Error != nil:
		return m, fmt.Errorf("a command was not understood: %s (%s)", m.Error.Desc, m.Error.Class)
	}
	return m, fmt.Errorf("%.*q is neither greeting, event nor reply", shownBytes, line)
}

// decode turns the reply to a command into an error, or stores what it returns in result.
func (m message) decode(command string, result any) error {
	if m.Error != nil {
		return &Error{Command: command, Class: m.Error.Class, Desc: m.Error.Desc}
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(m.Return, result); err != nil {
		return fmt.Errorf("qmp %s: decode the reply: %w", command, err)
	}
	return nil
}
