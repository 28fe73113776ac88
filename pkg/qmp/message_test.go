package qmp

import (
	"testing"
	"time"
)

// FuzzParseMessage reads any line: what is taken for a message is one of the three kinds, and can be decoded.
func FuzzParseMessage(f *testing.F) {
	for _, line := range []string{
		`{"QMP": {"version": {"qemu": {"micro": 2, "minor": 0, "major": 10}}}}`, `{"return": null, "id": 1}`,
		`{"error": {"class": "C", "desc": "D"}, "id": 0}`, `{"error": {}}`, `{"event": "E", "timestamp": {"seconds": 1e3}}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := parseMessage(line)
		if err != nil {
			return
		}
		if m.Greeting == nil && m.Event == "" && m.ID == nil {
			t.Errorf("%q is a message of no kind", line)
		}
		if at := m.Timestamp.time(); at.Before(time.Unix(0, 0)) && !at.IsZero() && m.Timestamp.Microseconds >= 0 {
			t.Errorf("%q is of %v", line, at)
		}
		_ = m.decode("query-x", new(map[string]any))
	})
}
