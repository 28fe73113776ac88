package lab

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/qmptest"
)

// within ends a test's requests that hang.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// monitored is the monitor of a QEMU that plays script.
func monitored(t *testing.T, script func(*qmptest.Server)) monitor {
	t.Helper()
	c, err := qmp.NewClient(within(t, 20*time.Second), qmptest.Dial(t, script))
	if err != nil {
		t.Fatal(err)
	}
	return monitor{c}
}

// What is sent, to the letter of QEMU's schema.
func TestCommandsAsSent(t *testing.T) {
	ctx := t.Context()
	tests := []struct {
		give    func(monitor) error
		command string
		want    string // arguments
	}{
		{func(m monitor) error {
			return m.setCapabilities(ctx, map[string]bool{"multifd": false, "events": true})
		},
			"migrate-set-capabilities", `{"capabilities":[{"capability":"events","state":true},{"capability":"multifd","state":false}]}`},
		{func(m monitor) error { return m.setCapabilities(ctx, nil) }, "migrate-set-capabilities", `{"capabilities":[]}`},
		{func(m monitor) error { return m.setParameters(ctx, migrationParameters{DowntimeLimit: 300}) },
			"migrate-set-parameters", `{"downtime-limit":300}`},
		{func(m monitor) error { return m.setParameters(ctx, migrationParameters{1, 2, 3, "zlib", new(string)}) },
			"migrate-set-parameters", `{"downtime-limit":1,"max-bandwidth":2,"multifd-channels":3,"multifd-compression":"zlib","tls-creds":""}`},
		{func(m monitor) error { return m.addTLSKey(ctx, "a", "/keys", tlsClient, "lab") }, "object-add",
			`{"dir":"/keys","endpoint":"client","id":"a","qom-type":"tls-creds-psk","username":"lab"}`},
		{func(m monitor) error { return m.addTLSKey(ctx, "a", "/keys", tlsServer, "lab") }, "object-add",
			`{"dir":"/keys","endpoint":"server","id":"a","qom-type":"tls-creds-psk"}`},
		{func(m monitor) error { return m.migrate(ctx, "tcp:127.0.0.1:4444") }, "migrate", `{"uri":"tcp:127.0.0.1:4444"}`},
		{func(m monitor) error { return m.migrateIncoming(ctx, "unix:/run/in") }, "migrate-incoming", `{"uri":"unix:/run/in"}`},
		{func(m monitor) error { return m.migrate(ctx, "vmmp/in") }, "migrate",
			`{"channels":[{"channel-type":"main","addr":{"transport":"socket","type":"unix","path":"vmmp/in","abstract":true}}]}`},
		{func(m monitor) error { return m.migrateCancel(ctx) }, "migrate_cancel", `null`},
		{func(m monitor) error { return m.startPostcopy(ctx) }, "migrate-start-postcopy", `null`},
		{func(m monitor) error { return m.quit(ctx) }, "quit", `null`},
	}
	for _, test := range tests {
		q := monitored(t, func(s *qmptest.Server) {
			r := s.Command(test.command)
			var want any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil || !reflect.DeepEqual(r.Arguments, want) {
				t.Errorf("%s: %v, want %v (%v)", test.command, r.Arguments, want, err)
			}
			s.Reply(r, "{}")
		})
		if err := test.give(q); err != nil {
			t.Error(err)
		}
	}
}

// Where QEMU goes without a reply, it has quit.
func TestQuitWithoutAReply(t *testing.T) {
	m := monitored(t, func(s *qmptest.Server) {
		s.Command("quit")
		s.Conn.Close()
	})
	if err := m.quit(t.Context()); err != nil {
		t.Error(err)
	}
}

// Only that it has gone makes quit succeed: a refusal stays one.
func TestQuitRefused(t *testing.T) {
	q := monitored(t, func(s *qmptest.Server) {
		s.Send(`{"error": {"class": "GenericError", "desc": "no"}, "id": %d}`, s.Command("quit").ID)
	})
	var refused *qmp.Error
	if err := q.quit(t.Context()); !errors.As(err, &refused) {
		t.Error(err)
	}
}
