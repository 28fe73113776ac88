package lab

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// What is sent, to the letter of QEMU's schema.
func TestCommandsAsSent(t *testing.T) {
	ctx := t.Context()
	tests := []struct {
		give    func(*qmp) error
		command string
		want    string // arguments
	}{
		{func(q *qmp) error { return q.setCapabilities(ctx, map[string]bool{"multifd": false, "events": true}) },
			"migrate-set-capabilities", `{"capabilities":[{"capability":"events","state":true},{"capability":"multifd","state":false}]}`},
		{func(q *qmp) error { return q.setCapabilities(ctx, nil) }, "migrate-set-capabilities", `{"capabilities":[]}`},
		{func(q *qmp) error { return q.setParameters(ctx, migrationParameters{DowntimeLimit: 300}) },
			"migrate-set-parameters", `{"downtime-limit":300}`},
		{func(q *qmp) error { return q.setParameters(ctx, migrationParameters{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) },
			"migrate-set-parameters", `{"downtime-limit":1,"max-bandwidth":2,"avail-switchover-bandwidth":3,"max-postcopy-bandwidth":4,
			"multifd-channels":5,"xbzrle-cache-size":6,"throttle-trigger-threshold":7,"cpu-throttle-initial":8,
			"cpu-throttle-increment":9,"max-cpu-throttle":10}`},
		{func(q *qmp) error { return q.migrate(ctx, "tcp:127.0.0.1:4444") }, "migrate", `{"uri":"tcp:127.0.0.1:4444"}`},
		{func(q *qmp) error { return q.migrateIncoming(ctx, "unix:/run/in") }, "migrate-incoming", `{"uri":"unix:/run/in"}`},
		{func(q *qmp) error { return q.migrate(ctx, "vmmp/in") }, "migrate",
			`{"channels":[{"channel-type":"main","addr":{"transport":"socket","type":"unix","path":"vmmp/in","abstract":true}}]}`},
		{func(q *qmp) error { return q.migrateCancel(ctx) }, "migrate_cancel", `null`},
		{func(q *qmp) error { return q.startPostcopy(ctx) }, "migrate-start-postcopy", `null`},
		{func(q *qmp) error { return q.calcDirtyRate(ctx, 300*time.Millisecond, 16384) }, "calc-dirty-rate",
			`{"calc-time":300,"calc-time-unit":"millisecond","mode":"page-sampling","sample-pages":16384}`},
		{func(q *qmp) error { return q.cont(ctx) }, "cont", `null`},
		{func(q *qmp) error { return q.quit(ctx) }, "quit", `null`},
	}
	for _, test := range tests {
		q := connected(t, func(m *monitor) {
			r := m.command(test.command)
			var want any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil || !reflect.DeepEqual(r.Arguments, want) {
				t.Errorf("%s: %v, want %v (%v)", test.command, r.Arguments, want, err)
			}
			m.say(`{"return": {}, "id": %d}`, r.ID)
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
		ask     func(*qmp) (any, error)
		command string
		reply   string
		want    any
	}{
		{func(q *qmp) (any, error) { return q.queryMigrate(ctx) }, "query-migrate", `{}`, migrationInfo{}},
		{func(q *qmp) (any, error) { return q.queryMigrate(ctx) }, "query-migrate", `{"status": "active", "setup-time": 4,
			"total-time": 1200, "expected-downtime": 300, "cpu-throttle-percentage": 20, "ram": {"total": 135020544,
			"postcopy-requests": 0, "dirty-sync-count": 2, "multifd-bytes": 0, "pages-per-second": 3190, "downtime-bytes": 0,
			"page-size": 4096, "remaining": 99590144, "postcopy-bytes": 0, "mbps": 105.25, "transferred": 15734120,
			"dirty-sync-missed-zero-copy": 0, "precopy-bytes": 15734120, "duplicate": 4833, "dirty-pages-rate": 77,
			"normal-bytes": 15642624, "normal": 3819}}`,
			migrationInfo{Status: "active", TotalTime: 1200, ExpectedDowntime: 300, SetupTime: 4, CPUThrottlePercentage: 20,
				RAM: migrationRAM{Transferred: 15734120, Remaining: 99590144, Total: 135020544, Duplicate: 4833, Normal: 3819,
					DirtyPagesRate: 77, DirtySyncCount: 2, Mbps: 105.25, PageSize: 4096, PagesPerSecond: 3190, PrecopyBytes: 15734120}}},
		{func(q *qmp) (any, error) { return q.queryMigrate(ctx) }, "query-migrate",
			`{"status": "completed", "total-time": 90, "downtime": 8, "ram": {"downtime-bytes": 5, "postcopy-bytes": 6}}`,
			migrationInfo{Status: "completed", TotalTime: 90, Downtime: 8, RAM: migrationRAM{DowntimeBytes: 5, PostcopyBytes: 6}}},
		{func(q *qmp) (any, error) { return q.queryMigrate(ctx) }, "query-migrate",
			`{"status": "failed", "error-desc": "Connection refused"}`, migrationInfo{Status: "failed", ErrorDesc: "Connection refused"}},
		{func(q *qmp) (any, error) { return q.queryDirtyRate(ctx) }, "query-dirty-rate", `{"status": "measured", "sample-pages": 512,
			"dirty-rate": 12, "mode": "page-sampling", "calc-time-unit": "millisecond", "start-time": 1795486318, "calc-time": 300}`,
			dirtyRate{Status: "measured", MiBs: 12, Window: 300, SamplePages: 512}},
		{func(q *qmp) (any, error) { return q.queryCPUsFast(ctx) }, "query-cpus-fast", `[{"thread-id": 13261, "props": {"thread-id": 0},
			"qom-path": "/machine", "cpu-index": 0, "target": "x86_64"}, {"thread-id": 13262, "cpu-index": 1}]`,
			[]cpuThread{{0, 13261}, {1, 13262}}},
		{func(q *qmp) (any, error) { return q.queryBlockstats(ctx) }, "query-blockstats", `[{"stats": {"rd_bytes": 1, "wr_bytes": 20}},
			{"stats": {"rd_bytes": 300, "wr_bytes": 4000}}]`, uint64(4321)},
	}
	for _, test := range tests {
		q := connected(t, func(m *monitor) {
			m.say(`{"return": %s, "id": %d}`, strings.ReplaceAll(test.reply, "\n", " "), m.command(test.command).ID)
		})
		if got, err := test.ask(q); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %v, want %+v", test.command, got, err, test.want)
		}
	}
}

// Only that it has gone makes quit succeed: a refusal stays one.
func TestQuitRefused(t *testing.T) {
	q := connected(t, func(m *monitor) {
		m.say(`{"error": {"class": "GenericError", "desc": "no"}, "id": %d}`, m.command("quit").ID)
	})
	var refused *qmpError
	if err := q.quit(t.Context()); !errors.As(err, &refused) {
		t.Error(err)
	}
}
