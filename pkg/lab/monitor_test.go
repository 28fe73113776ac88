package lab

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
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
		{func(m monitor) error { return m.calcDirtyRate(ctx, pageSampling, 300*time.Millisecond, 16384) }, "calc-dirty-rate",
			`{"calc-time":300,"calc-time-unit":"millisecond","mode":"page-sampling","sample-pages":16384}`},
		{func(m monitor) error { return m.calcDirtyRate(ctx, dirtyBitmap, time.Second, 16384) }, "calc-dirty-rate",
			`{"calc-time":1000,"calc-time-unit":"millisecond","mode":"dirty-bitmap"}`},
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

// Replies of QEMU 10.0.2, shortened.
func TestRepliesAsReceived(t *testing.T) {
	ctx := t.Context()
	tests := []struct {
		ask     func(monitor) (any, error)
		command string
		reply   string
		want    any
	}{
		{func(m monitor) (any, error) { return m.queryMigrate(ctx) }, "query-migrate", `{}`, migrationInfo{}},
		{func(m monitor) (any, error) { return m.queryMigrate(ctx) }, "query-migrate", `{"status": "active", "setup-time": 4,
			"total-time": 1200, "expected-downtime": 300, "cpu-throttle-percentage": 20, "ram": {"total": 135020544,
			"postcopy-requests": 0, "dirty-sync-count": 2, "multifd-bytes": 0, "pages-per-second": 3190, "downtime-bytes": 0,
			"page-size": 4096, "remaining": 99590144, "postcopy-bytes": 0, "mbps": 105.25, "transferred": 15734120,
			"dirty-sync-missed-zero-copy": 0, "precopy-bytes": 15734120, "duplicate": 4833, "dirty-pages-rate": 77,
			"normal-bytes": 15642624, "normal": 3819}}`,
			migrationInfo{Status: "active", TotalTime: 1200, ExpectedDowntime: 300, SetupTime: 4, CPUThrottlePercentage: 20,
				RAM: migrationRAM{Transferred: 15734120, Remaining: 99590144, Total: 135020544, Duplicate: 4833, Normal: 3819,
					DirtyPagesRate: 77, DirtySyncCount: 2, Mbps: 105.25, PageSize: 4096, PagesPerSecond: 3190, PrecopyBytes: 15734120}}},
		{func(m monitor) (any, error) { return m.queryMigrate(ctx) }, "query-migrate",
			`{"status": "completed", "total-time": 90, "downtime": 8, "ram": {"downtime-bytes": 5, "postcopy-bytes": 6}}`,
			migrationInfo{Status: "completed", TotalTime: 90, Downtime: 8, RAM: migrationRAM{DowntimeBytes: 5, PostcopyBytes: 6}}},
		{func(m monitor) (any, error) { return m.queryMigrate(ctx) }, "query-migrate",
			`{"status": "failed", "error-desc": "Connection refused"}`, migrationInfo{Status: "failed", ErrorDesc: "Connection refused"}},
		{func(m monitor) (any, error) { return m.queryDirtyRate(ctx) }, "query-dirty-rate", `{"status": "measured", "sample-pages": 512,
			"dirty-rate": 12, "mode": "page-sampling", "calc-time-unit": "millisecond", "start-time": 1795486318, "calc-time": 300}`,
			dirtyRate{Status: "measured", MiBs: 12, Window: 300, SamplePages: 512}},
		{func(m monitor) (any, error) { return m.queryBlockstats(ctx) }, "query-blockstats", `[{"stats": {"rd_bytes": 1, "wr_bytes": 20}},
			{"stats": {"rd_bytes": 300, "wr_bytes": 4000}}]`, uint64(4321)},
	}
	for _, test := range tests {
		q := monitored(t, func(s *qmptest.Server) {
			s.Reply(s.Command(test.command), strings.ReplaceAll(test.reply, "\n", " "))
		})
		if got, err := test.ask(q); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %v, want %+v", test.command, got, err, test.want)
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

// QEMU counts in bytes and pages, a sample in MiB.
func TestSampleOfWhatQEMUTells(t *testing.T) {
	info := migrationInfo{ExpectedDowntime: 250, CPUThrottlePercentage: 30, RAM: migrationRAM{
		Remaining: 64 << 20, Transferred: 32 << 20, DirtyPagesRate: 2560, PageSize: 4096, DirtySyncCount: 3, Mbps: 700, Duplicate: 512,
	}}
	got := info.sample(time.Now())
	got.Seconds = 0
	want := migration.Sample{RemainingMiB: 64, TransferredMiB: 32, DirtyRate: 10, Rounds: 3, Mbps: 700, ExpectedDowntimeMS: 250, Throttle: 0.3, ZeroMiB: 2}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
