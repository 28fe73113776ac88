package printout

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

// proxmoxLog is a task log as Proxmox writes it since version 6.2, of which later ones add the line of what was
// transferred in all.
const proxmoxLog = `2025-03-08 23:59:50 starting migration of VM 101 to node 'pve2' (10.20.0.12)
2025-03-08 23:59:50 starting VM 101 on remote node 'pve2'
2025-03-08 23:59:53 start remote tunnel
2025-03-08 23:59:54 ssh tunnel ver 1
2025-03-08 23:59:54 starting online/live migration on unix:/run/qemu-server/101.migrate
2025-03-08 23:59:54 set migration capabilities
2025-03-08 23:59:54 migration speed limit: 1.0 GiB/s
2025-03-08 23:59:54 migration downtime limit: 100 ms
2025-03-08 23:59:54 migration cachesize: 512.0 MiB
2025-03-08 23:59:54 set migration parameters
2025-03-08 23:59:54 start migrate command to unix:/run/qemu-server/101.migrate
2025-03-08 23:59:55 migration active, transferred 110.0 MiB of 4.0 GiB VM-state, 2.1 GiB/s
2025-03-08 23:59:56 migration active, transferred 220.0 MiB of 4.0 GiB VM-state, 112.0 MiB/s
2025-03-08 23:59:57 migration active, transferred 330.0 MiB of 4.0 GiB VM-state, 112.0 MiB/s, VM dirties lots of memory: 150.5 MiB/s
2025-03-08 23:59:57 xbzrle: send updates to 4242 pages in 1.2 MiB encoded memory, cache-miss 91.10%, overflow 12
2025-03-09 00:00:02 migration active, transferred 880.0 MiB of 4.0 GiB VM-state, 112.0 MiB/s
2025-03-09 00:00:03 auto-increased downtime to continue migration: 200 ms
2025-03-09 00:00:12 migration active, transferred 1.9 GiB of 4.0 GiB VM-state, 80.0 MiB/s
2025-03-09 00:00:14 average migration speed: 205.0 MiB/s - downtime 173 ms
2025-03-09 00:00:14 migration completed, transferred 2.0 GiB VM-state (+ 16.0 MiB VFIO-state)
2025-03-09 00:00:14 migration status: completed
2025-03-09 00:00:17 migration finished successfully (duration 00:00:27)
TASK OK
`

// proxmoxLogBefore is one of the years up to 2020, without the year.
const proxmoxLogBefore = `Dec 31 23:59:55 starting migration of VM 205 to node 'pve1' (10.20.0.11)
Dec 31 23:59:56 copying disk images
Dec 31 23:59:56 starting VM 205 on remote node 'pve1'
Dec 31 23:59:58 starting ssh migration tunnel
Dec 31 23:59:58 starting online/live migration on localhost:60000
Dec 31 23:59:58 migrate_set_speed: 8589934592
Dec 31 23:59:58 migrate_set_downtime: 0.1
Jan 01 00:00:00 migration status: active (transferred 104857600, remaining 943718400), total 1082990592)
Jan 01 00:00:00 migration xbzrle cachesize: 67108864 transferred 0 pages 0 cachemiss 0 overflow 0
Jan 01 00:00:06 migration status: active (transferred 734003200, remaining 10485760), total 1082990592)
Jan 01 00:00:07 migrate_set_downtime: 0.2
Jan 01 00:00:08 migration speed: 103.20 MB/s - downtime 15 ms
Jan 01 00:00:08 migration status: completed
Jan 01 00:00:11 migration finished successfully (duration 00:00:16)
TASK OK
`

const proxmoxAborted = `2025-03-08 10:00:00 starting migration of VM 102 to node 'pve2' (10.20.0.12)
2025-03-08 10:00:02 starting online/live migration on tcp:10.20.0.12:60000
2025-03-08 10:00:02 migration downtime limit: 100 ms
2025-03-08 10:00:02 start migrate command to tcp:10.20.0.12:60000
2025-03-08 10:00:03 migration active, transferred 512.0 MiB of 16.0 GiB VM-state, 520.0 MiB/s
2025-03-08 10:00:04 migration status error: failed - Unable to write to socket: Broken pipe
2025-03-08 10:00:04 ERROR: online migrate failure - aborting
2025-03-08 10:00:04 aborting phase 2 - cleanup resources
2025-03-08 10:00:04 migrate_cancel
2025-03-08 10:00:06 ERROR: migration finished with problems (duration 00:00:07)
TASK ERROR: migration problems
`

const proxmoxOffline = `2025-03-08 10:00:00 starting migration of VM 103 to node 'pve2' (10.20.0.12)
2025-03-08 10:00:01 migration finished successfully (duration 00:00:02)
TASK OK
`

func TestProxmoxLog(t *testing.T) {
	r := one(t, proxmoxLog, ProxmoxLog)
	features(t, r.Record().Features, map[migration.Feature]float64{
		migration.MemoryMiB: 4096, migration.DowntimeLimitMS: 100, migration.BandwidthCap: 8589.934592, migration.XBZRLE: 1, migration.VFIOMiB: 16,
		migration.NetworkBandwidth: 110.0 * (1 << 20) * 8 / 1e6, // 660 MiB between 23:59:56 and 0:00:02
	})
	outcome(t, r.Record().Outcome, migration.Completed, 173, 20000, 2048, math.NaN())
	record := r.Record()
	if record.Group != "101" || !record.At.Equal(time.Date(2025, 3, 8, 23, 59, 50, 0, time.UTC)) {
		t.Errorf("group %q at %v", record.Group, record.At)
	}
	if len(r.Samples) != 5 || r.Samples[2].DirtyRate != 150.5 || r.Samples[3].Seconds != 8 || !math.IsNaN(r.Samples[0].RemainingMiB) {
		t.Errorf("%+v", r.Samples)
	}
	if len(r.Notes) != 1 || r.Notes[0] != "Proxmox has raised the downtime limit to 200 ms meanwhile" {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestProxmoxLogBefore(t *testing.T) {
	r := one(t, proxmoxLogBefore, ProxmoxLog)
	// A speed of 8 GiB/s is what was set where nobody had set one.
	features(t, r.Record().Features, map[migration.Feature]float64{
		migration.MemoryMiB: 1032.8203125, migration.DowntimeLimitMS: 100, migration.XBZRLE: 1, migration.NetworkBandwidth: 838.8608,
	})
	outcome(t, r.Record().Outcome, migration.Completed, 15, 10000, 700, math.NaN())
	if r.Samples[1].RemainingMiB != 10 || r.Samples[1].Seconds != 8 || !r.Record().At.IsZero() {
		t.Errorf("%+v at %v", r.Samples, r.Record().At)
	}
}

func TestProxmoxMigrationsThatAreNotCompleted(t *testing.T) {
	nan := math.NaN()
	r := one(t, proxmoxAborted, ProxmoxLog)
	outcome(t, r.Record().Outcome, migration.Failed, nan, nan, 512, nan)
	if r.Ended.Reason != "Unable to write to socket: Broken pipe" {
		t.Errorf("reason %q", r.Ended.Reason)
	}
	for replaced, by := range map[string]string{
		"failed - Unable to write to socket: Broken pipe":                         "cancelled",
		"migration status error: failed - Unable to write to socket: Broken pipe": "ERROR: online migrate failure - interrupted by signal",
	} {
		r := one(t, strings.Replace(proxmoxAborted, replaced, by, 1), ProxmoxLog)
		outcome(t, r.Record().Outcome, migration.NotConverged, nan, nan, 512, nan)
	}
	if r := one(t, proxmoxOffline, ProxmoxLog); !strings.Contains(r.Fault, "tells of no live migration") {
		t.Errorf("fault %q", r.Fault)
	}
}

// Wherever a log is cut off, it is either over, under way, or told of as no live migration; never a false outcome.
func TestTruncatedProxmoxLogs(t *testing.T) {
	whole := one(t, proxmoxLog, ProxmoxLog)
	for n := 0; n < len(proxmoxLog); n += 5 {
		reports, err := Read([]byte(proxmoxLog[:n]), ProxmoxLog, time.UTC)
		if err != nil {
			continue
		}
		r := reports[0]
		check(t, &r)
		if r.Ended == nil {
			continue
		}
		if d := r.Ended.Record.Outcome.DowntimeMS; !math.IsNaN(d) && d != whole.Ended.Record.Outcome.DowntimeMS {
			t.Errorf("cut off after %d bytes the downtime is %v ms", n, d)
		}
	}
	running, _, _ := strings.Cut(proxmoxLog, "2025-03-09 00:00:14")
	cut := one(t, running, ProxmoxLog)
	if cut.Ended != nil || cut.Fault != "" || cut.Progress() == "" {
		t.Errorf("ended %v, fault %q, progress %q", cut.Ended, cut.Fault, cut.Progress())
	}
}

func TestManyProxmoxLogs(t *testing.T) {
	reports, err := Read([]byte(proxmoxLog+proxmoxOffline+proxmoxLogBefore+proxmoxAborted), ProxmoxLog, time.UTC)
	if err != nil || len(reports) != 4 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	for i, want := range []string{"101", "103", "205", "102"} {
		if check(t, &reports[i]); reports[i].VM.Name != want {
			t.Errorf("report %d is of %q", i, reports[i].VM.Name)
		}
	}
}

// Where the speed limit decided how fast the memory went, nobody knows the line.
func TestProxmoxThroughputAtItsLimit(t *testing.T) {
	r := one(t, strings.Replace(proxmoxLog, "1.0 GiB/s", "110.0 MiB/s", 1), ProxmoxLog)
	if known := r.Record().Features.Known(); known.Has(migration.NetworkBandwidth) || !known.Has(migration.BandwidthCap) {
		t.Errorf("known are %v", known)
	}
}

// A log of a million lines takes no longer than reading it.
func TestLongProxmoxLog(t *testing.T) {
	var b strings.Builder
	b.WriteString(strings.Join(strings.SplitAfter(proxmoxLog, "\n")[:11], ""))
	at := time.Date(2025, 3, 9, 0, 0, 0, 0, time.UTC)
	for i := range 20_000 {
		fmt.Fprintf(&b, "%s migration active, transferred %d.0 MiB of 4.0 GiB VM-state, 1.0 GiB/s\n", at.Add(time.Duration(i)*time.Millisecond).Format(stamps[0]), i)
	}
	began := time.Now()
	if r := one(t, b.String(), ProxmoxLog); len(r.Samples) != 20_000 {
		t.Errorf("%d samples", len(r.Samples))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
