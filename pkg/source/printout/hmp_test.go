package printout

import (
	"math"
	"strings"
	"testing"

	"vmmp/pkg/migration"
)

// infoMigrate is what the monitor prints up to QEMU 10.0, with what the parameters are.
const infoMigrate = `(qemu) info migrate
globals:
store-global-state: on
only-migratable: off
Migration status: active
total time: 5000 ms
expected downtime: 410 ms
setup: 9 ms
transferred ram: 1048576 kbytes
throughput: 938.20 mbps
remaining ram: 204800 kbytes
total ram: 4211072 kbytes
duplicate: 800000 pages
normal: 262144 pages
normal bytes: 1048576 kbytes
dirty sync count: 2
page size: 4 kbytes
multifd bytes: 0 kbytes
pages-per-second: 28672
dirty pages rate: 2560 pages
cpu throttle percentage: 20
(qemu) info migrate_parameters
announce-initial: 50 ms
max-bandwidth: 134217728 bytes/second
downtime-limit: 300 ms
(qemu) info migrate_capabilities
xbzrle: off
auto-converge: on
`

// infoMigrateSince is what it prints since QEMU 10.1.
const infoMigrateSince = "Status: \t\tcompleted\n" +
	"Time (ms): \t\ttotal=12000, setup=8, down=46\n" +
	"RAM info:\n" +
	"  Throughput (Mbps): \t577.40\n" +
	"  Sizes: \t\tpagesize=4 KiB, total=8 GiB\n" +
	"  Transfers: \t\ttransferred=1.5 GiB, remain=0 B\n" +
	"    Channels: \t\tprecopy=1.5 GiB, multifd=0 B, postcopy=0 B\n" +
	"    Page Types: \tnormal=393216, zero=1703936\n" +
	"  Page Rates (pps): \ttransfer=35400\n" +
	"  Others: \t\tdirty_syncs=4, downtime_bytes=32312649\n"

func TestInfoMigrate(t *testing.T) {
	r := one(t, infoMigrate, HMP)
	features(t, r.Features, map[migration.Feature]float64{
		migration.MemoryMiB: 4112.375, migration.ResidentMiB: 987.375, migration.DirtyRate: 10, migration.NetworkBandwidth: 938.2,
		migration.DowntimeLimitMS: 300, migration.BandwidthCap: 1073.741824, migration.AutoConverge: 1, migration.XBZRLE: 0,
	})
	want := migration.Sample{Seconds: 5, RemainingMiB: 200, TransferredMiB: 1024, DirtyRate: 10, Rounds: 2, Mbps: 938.2, ExpectedDowntimeMS: 410,
		Throttle: 0.2, ZeroMiB: 3125}
	if len(r.Samples) != 1 || r.Samples[0] != want || r.Fault != "" {
		t.Errorf("fault %q\ngot  %+v\nwant %+v", r.Fault, r.Samples, want)
	}
}

func TestInfoMigrateSince(t *testing.T) {
	r := one(t, infoMigrateSince, HMP)
	features(t, r.Features, map[migration.Feature]float64{migration.MemoryMiB: 8192, migration.ResidentMiB: 1536})
	outcome(t, r.Record().Outcome, migration.Completed, 46, 12000, 1536, 4)
}

func TestInfoMigrateOfTenZero(t *testing.T) {
	r := one(t, `Status: active
Time (ms): total=4029, setup=36, exp_down=300
RAM info:
  Throughput (mbps): 938.03
  Sizes (KB): psize=4, total=16798720
    transferred=419840, remain=6121472,
    precopy=419840, multifd=0, postcopy=0
  Pages: normal=104857, zero=466489, rate_per_sec=28728
  Others: dirty_syncs=1
`, HMP)
	if s := r.Samples[0]; s.TransferredMiB != 410 || s.RemainingMiB != 5978 || s.Seconds != 4.029 || s.Rounds != 1 || s.ExpectedDowntimeMS != 300 {
		t.Errorf("%+v", s)
	}
	features(t, r.Features, map[migration.Feature]float64{migration.MemoryMiB: 16405, migration.NetworkBandwidth: 938.03})
}

func TestInfoMigrateFaults(t *testing.T) {
	r := one(t, "Migration status: failed (Unable to write to socket: Broken pipe)\ntotal time: 900 ms\n", HMP)
	outcome(t, r.Record().Outcome, migration.Failed, math.NaN(), 900, math.NaN(), math.NaN())
	if r.Ended.Reason != "Unable to write to socket: Broken pipe" {
		t.Errorf("reason %q", r.Ended.Reason)
	}
	for text, want := range map[string]string{
		"Migration status: none\n":                                     "tells of no migration",
		"globals:\ntotal ram: 1024 kbytes\n":                           "has no line `Migration status:`",
		strings.Replace(infoMigrate, "1048576 kbytes", "many", 1):      "has `transferred ram`, which is no number",
		strings.Replace(infoMigrateSince, "1.5 GiB", "1.5 gallons", 1): `has ` + "`transferred`" + `, which is in MiB, and "gallons"`,
	} {
		if r := one(t, text, HMP); !strings.Contains(r.Fault, want) {
			t.Errorf("%.40q: fault %q, want %q", text, r.Fault, want)
		}
	}
}
