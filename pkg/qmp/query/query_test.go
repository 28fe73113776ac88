package query

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/qmptest"
)

// asked is a QEMU that is asked in tests.
func asked(t *testing.T) (context.Context, *qmptest.QEMU, *qmp.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	q := qmptest.Start(t)
	c, err := qmp.Dial(ctx, "unix", q.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return ctx, q, c
}

// Replies of QEMU 10.0.2 and of the reference of 11.1, shortened.
func TestRepliesAsReceived(t *testing.T) {
	ctx, q, c := asked(t)
	tests := []struct {
		ask            func() (any, error)
		command, reply string
		want           any
	}{
		{func() (any, error) { return Migrate(ctx, c) }, "query-migrate", `{}`, Migration{}},
		{func() (any, error) { return Migrate(ctx, c) }, "query-migrate", `{"status": "active", "setup-time": 4, ` +
			`"total-time": 1200, "expected-downtime": 300, "cpu-throttle-percentage": 20, "remaining": 99590200, ` +
			`"ram": {"total": 135020544, "postcopy-requests": 0, "dirty-sync-count": 2, "pages-per-second": 3190, ` +
			`"page-size": 4096, "remaining": 99590144, "mbps": 105.25, "transferred": 15734120, "duplicate": 4833, ` +
			`"precopy-bytes": 15734120, "dirty-pages-rate": 77, "normal-bytes": 15642624, "normal": 3819}}`,
			Migration{Status: "active", TotalTime: 1200, ExpectedDowntime: 300, SetupTime: 4, CPUThrottlePercentage: 20,
				RAM: RAM{Transferred: 15734120, Remaining: 99590144, Total: 135020544, Duplicate: 4833, Normal: 3819,
					DirtyPagesRate: 77, DirtySyncCount: 2, Mbps: 105.25, PageSize: 4096, PagesPerSecond: 3190, PrecopyBytes: 15734120}}},
		{func() (any, error) { return Migrate(ctx, c) }, "query-migrate",
			`{"status": "completed", "total-time": 90, "downtime": 8, "ram": {"downtime-bytes": 5, "postcopy-bytes": 6}}`,
			Migration{Status: "completed", TotalTime: 90, Downtime: 8, RAM: RAM{DowntimeBytes: 5, PostcopyBytes: 6}}},
		{func() (any, error) { return Migrate(ctx, c) }, "query-migrate", `{"blocked-reasons": ["0000:01: no migration"]}`,
			Migration{BlockedReasons: []string{"0000:01: no migration"}}},
		{func() (any, error) { return MigrateParameters(ctx, c) }, "query-migrate-parameters", `{"downtime-limit": 500, ` +
			`"max-bandwidth": 9223372036853727232, "multifd-channels": 4, "multifd-compression": "zstd", "tls-creds": "t", "mode": "normal"}`,
			Parameters{500, 9223372036853727232, 4, "zstd", "t", "normal"}},
		{func() (any, error) { return MigrateCapabilities(ctx, c) }, "query-migrate-capabilities",
			`[{"state": true, "capability": "multifd"}, {"state": false, "capability": "events"}]`,
			map[string]bool{"multifd": true, "events": false}},
		{func() (any, error) { return Blockstats(ctx, c) }, "query-blockstats",
			`[{"stats": {"rd_bytes": 1, "wr_bytes": 20}}, {"stats": {"rd_bytes": 300, "wr_bytes": 4000}}]`, uint64(4321)},
		{func() (any, error) { return MemorySize(ctx, c) }, "query-memory-size-summary",
			`{"base-memory": 1024, "plugged-memory": 512}`, uint64(1536)},
		{func() (any, error) { return MemorySize(ctx, c) }, "query-memory-size-summary", `{"base-memory": 1024}`, uint64(1024)},
		{func() (any, error) { return Balloon(ctx, c) }, "query-balloon", `{"actual": 77}`, uint64(77)},
		{func() (any, error) { return Status(ctx, c) }, "query-status", `{"status": "paused", "running": false}`, Paused},
		{func() (any, error) { return Name(ctx, c) }, "query-name", `{}`, ""},
		{func() (any, error) { return UUID(ctx, c) }, "query-uuid", `{"UUID": "6b3dfa4d-0000-4000-8000-3f1c2f9f0a11"}`,
			"6b3dfa4d-0000-4000-8000-3f1c2f9f0a11"},
		{func() (any, error) { return UUID(ctx, c) }, "query-uuid", `{"UUID": "00000000-0000-0000-0000-000000000000"}`, ""},
		{func() (any, error) { return VCPUs(ctx, c) }, "query-cpus-fast", `[{"thread-id": 7, "cpu-index": 0, "target": "x86_64"}]`,
			[]VCPU{{0, 7}}},
		{func() (any, error) { return PollingInterval(ctx, c, "/b") }, "qom-get", `2`, 2 * time.Second},
		{func() (any, error) { return BalloonMemory(ctx, c, "/b") }, "qom-get", `{"stats": {"stat-total-memory": 4096, ` +
			`"stat-available-memory": 1024, "stat-disk-caches": 18446744073709551615}, "last-update": 1700000000}`,
			GuestMemory{4096, 1024, time.Unix(1700000000, 0)}},
		{func() (any, error) { return BalloonMemory(ctx, c, "/b") }, "qom-get", `{"stats": {"stat-total-memory": ` +
			`18446744073709551615}, "last-update": 0}`, GuestMemory{Total: -1, Available: -1}},
	}
	for _, test := range tests {
		q.Answer(test.command, qmptest.Return(test.reply))
		if got, err := test.ask(); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %v, want %+v", test.command, got, err, test.want)
		}
		q.Answer(test.command, qmptest.Refuse(qmp.GenericError, "no"))
		var refused *qmp.Error
		if _, err := test.ask(); !errors.As(err, &refused) {
			t.Errorf("%s, refused: %v", test.command, err)
		}
	}
}

func TestAccelerator(t *testing.T) {
	ctx, q, c := asked(t)
	for _, test := range []struct{ command, reply, want string }{
		{"query-kvm", `{"enabled": true, "present": true}`, "kvm"},
		{"query-kvm", `{"enabled": false, "present": true}`, "tcg"},
		{"query-kvm", `{"enabled": false, "present": false}`, ""},
		{"query-accelerators", `{"enabled": "hvf", "present": ["hvf", "tcg"]}`, "hvf"}, // asked first where it is known
	} {
		q.Answer(test.command, qmptest.Return(test.reply))
		if got, err := Accelerator(ctx, c); err != nil || got != test.want {
			t.Errorf("%s: %q, %v, want %q", test.reply, got, err, test.want)
		}
	}
}

func TestObjects(t *testing.T) {
	ctx, _, c := asked(t)
	devices, err := Devices(ctx, c)
	want := []Device{{"/machine/peripheral/balloon", "virtio-balloon-pci"}, {"/machine/peripheral-anon/device[0]", "virtio-blk-pci"}}
	if err != nil || !reflect.DeepEqual(devices, want) {
		t.Errorf("%+v, %v", devices, err)
	}
	backends, err := Backends(ctx, c)
	if err != nil || len(backends) != 1 || backends[0] != (Backend{"pc.ram", "memory-backend-ram"}) || backends[0].Path() != "/objects/pc.ram" {
		t.Errorf("%+v, %v", backends, err)
	}
	if _, err := Properties(ctx, c, "/nowhere"); err == nil {
		t.Error("what is not there has properties")
	}
}

// completed can be told before the times are, and by a QEMU that took a guest in.
func TestHowAMigrationStands(t *testing.T) {
	for _, test := range []struct {
		m                       Migration
		active, ended, postcopy bool
	}{
		{Migration{}, false, false, false},
		{Migration{Status: "completed"}, false, false, false},
		{Migration{Status: "completed", TotalTime: 9}, false, true, false},
		{Migration{Status: "completed", TotalTime: 9, RAM: RAM{PostcopyBytes: 1}}, false, true, true},
		{Migration{Status: "setup"}, true, false, false},
		{Migration{Status: "active", TotalTime: 9}, true, false, false},
		{Migration{Status: "device", TotalTime: 9}, true, false, false},
		{Migration{Status: "postcopy-active"}, true, false, true},
		{Migration{Status: "failing"}, true, false, false},
		{Migration{Status: "failed"}, false, true, false},
		{Migration{Status: "cancelling", TotalTime: 9}, true, false, false},
		{Migration{Status: "cancelled"}, false, true, false},
	} {
		if test.m.Active() != test.active || test.m.Ended() != test.ended || test.m.Postcopy() != test.postcopy {
			t.Errorf("%+v: active %t, ended %t, post-copy %t", test.m, test.m.Active(), test.m.Ended(), test.m.Postcopy())
		}
	}
}

// QEMU counts in bytes and pages, a sample in MiB.
func TestSampleOfWhatQEMUTells(t *testing.T) {
	m := Migration{ExpectedDowntime: 250, CPUThrottlePercentage: 30, RAM: RAM{
		Remaining: 64 << 20, Transferred: 32 << 20, DirtyPagesRate: 2560, PageSize: 4096, DirtySyncCount: 3, Mbps: 700, Duplicate: 512,
	}}
	want := migration.Sample{Seconds: 1.5, RemainingMiB: 64, TransferredMiB: 32, DirtyRate: 10, Rounds: 3, Mbps: 700,
		ExpectedDowntimeMS: 250, Throttle: 0.3, ZeroMiB: 2}
	if got := m.Sample(1500 * time.Millisecond); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// What is sent, to the letter of QEMU's schema; and what comes of it.
func TestWindow(t *testing.T) {
	ctx, q, c := asked(t)
	var sent, queried map[string]any
	q.Answer("calc-dirty-rate", func(arguments map[string]any) string {
		sent = arguments
		return `"return": {}`
	})
	left := 2
	q.Answer("query-dirty-rate", func(arguments map[string]any) string {
		queried = arguments
		if left--; left >= 0 {
			return `"return": {"status": "measuring", "calc-time": 300}`
		}
		return `"return": {"status": "measured", "dirty-rate": 12, "calc-time": 300, "mode": "page-sampling", "sample-pages": 512}`
	})
	for _, test := range []struct {
		window        Window
		sent, queried string
		want          float64
	}{
		{Window{Length: 50 * time.Millisecond, Mode: PageSampling, SamplePages: MaxSamplePages},
			`{"calc-time":50,"calc-time-unit":"millisecond","mode":"page-sampling","sample-pages":16384}`,
			`{"calc-time-unit":"millisecond"}`, 0.6},
		{Window{Length: 100 * time.Millisecond, Mode: DirtyBitmap, SamplePages: 512},
			`{"calc-time":100,"calc-time-unit":"millisecond","mode":"dirty-bitmap"}`, `{"calc-time-unit":"millisecond"}`, 1.2},
		{Window{Length: time.Second, WholeSeconds: true}, `{"calc-time":1}`, `null`, 12},
	} {
		got, err := test.window.Measure(ctx, c)
		if err != nil || got != test.want || text(t, sent) != test.sent || text(t, queried) != test.queried {
			t.Errorf("%+v: %v, %v; sent %s and %s", test.window, got, err, text(t, sent), text(t, queried))
		}
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWindowThatCannotBeMeasured(t *testing.T) {
	ctx, q, c := asked(t)
	w := Window{Length: time.Millisecond}
	if _, err := w.Measure(ctx, c); !Unknown(err) {
		t.Errorf("of a QEMU that cannot: %v", err)
	}
	q.Answer("calc-dirty-rate", qmptest.Return(`{}`))
	q.Answer("query-dirty-rate", qmptest.Return(`{"status": "unstarted"}`))
	if _, err := w.Measure(ctx, c); !errors.Is(err, ErrGivenUp) {
		t.Errorf("given up: %v", err)
	}
	q.Answer("query-dirty-rate", qmptest.Return(`{"status": "measuring"}`))
	short, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
	defer cancel()
	if _, err := w.Measure(short, c); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("past its context: %v", err)
	}
}
