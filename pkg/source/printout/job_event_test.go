package printout

import (
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

// jobEvents is what `virsh event --loop --timestamp --event job-completed` prints of a migration, a backup and a
// migration that failed.
const jobEvents = "2026-03-08 10:00:09.123+0100: event 'job-completed' for domain 'web-1':\n" +
	"\toperation: 5\n\ttime_elapsed: 8123\n\ttime_elapsed_net: 8120\n\tdowntime: 87\n\tdowntime_net: 84\n\tsetup_time: 5\n" +
	"\tmemory_total: 8606711808\n\tmemory_processed: 1342177280\n\tmemory_remaining: 0\n\tmemory_bps: 167772160\n\tmemory_constant: 1777000\n" +
	"\tmemory_normal: 327000\n\tmemory_normal_bytes: 1339392000\n\tmemory_dirty_rate: 0\n\tmemory_page_size: 4096\n\tmemory_iteration: 3\n" +
	"\tmemory_postcopy_requests: 0\n\tauto_converge_throttle: 0\n\tsuccess: 1\n" +
	"2026-03-08 10:05:00.000+0100: event 'job-completed' for domain 'web-1':\n\toperation: 9\n\ttime_elapsed: 10\n" +
	"2026-03-08 10:06:00.000+0100: event 'job-completed' for domain 'db':\n\toperation: 5\n\ttime_elapsed: 900\n\tsuccess: 0\n" +
	"\terrmsg: migration out job: unexpectedly failed\n"

func TestJobEvents(t *testing.T) {
	reports, err := Read([]byte(jobEvents), DomJobInfo, time.UTC)
	if err != nil || len(reports) != 3 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	for i := range reports {
		check(t, &reports[i])
	}
	web, backup, db := reports[0], reports[1], reports[2]
	features(t, web.Features, map[migration.Feature]float64{migration.MemoryMiB: 8208, migration.ResidentMiB: 1266.594})
	outcome(t, web.Record().Outcome, migration.Completed, 87, 8123, 1280, 3)
	if at := time.Date(2026, 3, 8, 9, 0, 9, 123e6, time.UTC); !web.Record().At.Equal(at) || web.Record().Group != "web-1" || backup.Line != 21 {
		t.Errorf("%+v; the second in line %d", web.Record(), backup.Line)
	}
	if !strings.Contains(backup.Fault, "operation 9: no migration") {
		t.Errorf("fault %q", backup.Fault)
	}
	outcome(t, db.Record().Outcome, migration.Failed, math.NaN(), 900, math.NaN(), math.NaN())
	if db.Ended.Reason != "migration out job: unexpectedly failed" {
		t.Errorf("reason %q", db.Ended.Reason)
	}
	r := one(t, "event 'job-completed' for domain web-1:\n\ttime_elapsed: soon\n", DomJobInfo)
	if !strings.Contains(r.Fault, "has time_elapsed, which is no number") || r.VM.Name != "web-1" {
		t.Errorf("%+v", r)
	}
}
