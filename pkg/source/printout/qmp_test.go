package printout

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
)

const activeReply = `{"return": {"status": "active", "total-time": 20000, "setup-time": 4, "expected-downtime": 1200,
	"cpu-throttle-percentage": 30,
	"ram": {"total": 4294967296, "transferred": 2147483648, "remaining": 104857600, "mbps": 945.5, "dirty-pages-rate": 5120,
		"page-size": 4096, "dirty-sync-count": 3, "duplicate": 500000, "normal": 520000, "normal-bytes": 2129920000}}, "id": "libvirt-42"}`

const completedReply = `{"status": "completed", "total-time": 30000, "downtime": 61, "setup-time": 4,
	"ram": {"total": 4294967296, "transferred": 3221225472, "remaining": 0, "mbps": 859, "dirty-pages-rate": 0, "page-size": 4096,
		"dirty-sync-count": 5, "duplicate": 500000, "normal": 780000, "postcopy-requests": 0}}`

// dialogue is what stands in the log of a program that has asked a QEMU about everything.
const dialogue = `{"QMP": {"version": {"qemu": {"micro": 2, "minor": 0, "major": 10}, "package": ""}, "capabilities": ["oob"]}}
{"return": {}}
{"return": [{"state": true, "capability": "auto-converge"}, {"state": false, "capability": "xbzrle"}, {"state": true, "capability": "events"}]}
{"return": {"downtime-limit": 250, "max-bandwidth": 1250000000, "tls-creds": "", "mode": "normal"}}
{"return": {"status": "measured", "start-time": 10, "calc-time": 100, "calc-time-unit": "millisecond", "dirty-rate": 90, "mode": "page-sampling"}}
{"return": {"status": "measured", "start-time": 12, "calc-time": 1, "calc-time-unit": "second", "dirty-rate": 30, "mode": "page-sampling"}}
{"return": {"status": "measured", "start-time": 12, "calc-time": 10, "dirty-rate": 8, "mode": "page-sampling"}}
{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "MIGRATION", "data": {"status": "setup"}}
{"return": {"status": "running", "running": true}}
` + activeReply + "\n" + completedReply + "\n"

func TestQueryMigrate(t *testing.T) {
	known := map[migration.Feature]float64{
		migration.MemoryMiB: 4096, migration.ResidentMiB: 2142.875, migration.DirtyRate: 20, migration.NetworkBandwidth: 945.5, migration.AutoConverge: 1,
	}
	r := one(t, activeReply, QMP)
	features(t, r.Features, known)
	want := migration.Sample{Seconds: 20, RemainingMiB: 100, TransferredMiB: 2048, DirtyRate: 20, Rounds: 3, Mbps: 945.5, ExpectedDowntimeMS: 1200,
		Throttle: 0.3, ZeroMiB: 1953.125}
	if len(r.Samples) != 1 || r.Samples[0] != want || r.Ended != nil {
		t.Errorf("got  %+v\nwant %+v", r.Samples, want)
	}
	bare := one(t, strings.TrimSuffix(strings.TrimPrefix(activeReply, `{"return": `), `, "id": "libvirt-42"}`), QMP)
	features(t, bare.Features, known)
	r = one(t, completedReply, QMP)
	features(t, r.Features, map[migration.Feature]float64{migration.MemoryMiB: 4096})
	outcome(t, r.Record().Outcome, migration.Completed, 61, 30000, 3072, 5)
}

func TestDialogue(t *testing.T) {
	r := one(t, dialogue, QMP)
	outcome(t, r.Record().Outcome, migration.Completed, 61, 30000, 3072, 5)
	features(t, r.Record().Features, map[migration.Feature]float64{
		migration.MemoryMiB: 4096, migration.ResidentMiB: 2142.875, migration.DirtyRate: 30, migration.NetworkBandwidth: 945.5,
		migration.AutoConverge: 1, migration.XBZRLE: 0, migration.DowntimeLimitMS: 250, migration.BandwidthCap: 10000, migration.TLS: 0,
		migration.HypervisorVersion: 1000,
	})
	if diff := cmp.Diff([]migration.Point{{Seconds: 0.1, MiB: 9}, {Seconds: 10, MiB: 80}}, r.Features.Points()); diff != "" {
		t.Error(diff)
	}
	if len(r.Samples) != 1 {
		t.Errorf("%d samples", len(r.Samples))
	}
}

// Without a migration, what else was replied is what is known of the VM.
func TestOtherReplies(t *testing.T) {
	r := one(t, `{"status": "measured", "start-time": 12, "calc-time": 1, "dirty-rate": 0, "mode": "dirty-ring"}`, QMP)
	features(t, r.Features, map[migration.Feature]float64{migration.DirtyRate: 0})
	r = one(t, `[{"status": "measuring", "start-time": 12, "calc-time": 1}, {"max-bandwidth": 9223372036853727232, "downtime-limit": 300}]`, QMP)
	features(t, r.Features, map[migration.Feature]float64{migration.DowntimeLimitMS: 300})
	if len(r.Notes) != 1 {
		t.Errorf("notes %q", r.Notes)
	}
	r = one(t, `{"return": {"blocked-reasons": ["0000:01:00.0: VFIO device doesn't support migration"]}}`, QMP)
	features(t, r.Features, map[migration.Feature]float64{migration.Migratable: 0})
	if r.Unmovable == "" || r.Fault != "" {
		t.Errorf("unmovable %q, fault %q", r.Unmovable, r.Fault)
	}
}

func TestSeveralMigrations(t *testing.T) {
	text := `{"downtime-limit": 250}` + completedReply + strings.Replace(completedReply, `"downtime": 61`, `"downtime": 70`, 1) +
		`{"return": {"status": "failed", "total-time": 10, "error-desc": "Connection refused"}}`
	reports, err := Read([]byte(text), QMP, time.UTC)
	if err != nil || len(reports) != 3 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	for i, want := range []float64{61, 70, math.NaN()} {
		check(t, &reports[i])
		if got := reports[i].Record(); !(got.Outcome.DowntimeMS == want || math.IsNaN(want)) || got.Features.Get(migration.DowntimeLimitMS) != 250 {
			t.Errorf("report %d: %+v", i, got)
		}
	}
	if reports[2].Ended.Reason != "Connection refused" {
		t.Errorf("reason %q", reports[2].Ended.Reason)
	}
}

func TestQMPRefuses(t *testing.T) {
	for text, want := range map[string]string{
		activeReply[:200]: "ends in the middle of a reply", "{\"a\": 1}\n{nonsense}": "line 2: is no JSON: invalid character 'n'",
		`{"a": 1}`: "has no reply of query-migrate", `{"return": {"status": "active", "ram": {"total": 1e400}}}`: "line 1: query-migrate has ram.total",
		`{"error": {"class": "GenericError", "desc": "No such thing"}}`: `line 1: QEMU answered with an error: "No such thing"`,
		`{"return": {"status": "active", "total-time": "long"}}`:        "line 1: query-migrate has total-time",
	} {
		if _, err := Read([]byte(text), QMP, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
	if r := one(t, `{"return": {"status": "none"}}`, QMP); !strings.Contains(r.Fault, "tells of no migration") {
		t.Errorf("fault %q", r.Fault)
	}
}
