package printout

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
)

// twoDomains is what virsh prints of a domain that runs, with its dirty rate measured over a second, and of one that is
// shut off.
const twoDomains = `Domain: 'web-1'
  state.state=1
  state.reason=5
  cpu.time=1482000000000
  cpu.user=312000000000
  balloon.current=8388608
  balloon.maximum=8388608
  balloon.usable=2097152
  balloon.rss=6291456
  vcpu.current=4
  vcpu.maximum=8
  vcpu.0.state=1
  net.count=1
  net.0.name=vnet3
  net.0.rx.bytes=99123
  dirtyrate.calc_status=2
  dirtyrate.calc_start_time=1200
  dirtyrate.calc_period=1
  dirtyrate.megabytes_per_second=42
  dirtyrate.calc_mode=page-sampling

Domain: 'old db'
  state.state=5
  state.reason=2
  balloon.current=1048576
  vcpu.current=1

`

func TestDomStats(t *testing.T) {
	reports, err := Read([]byte(twoDomains), DomStats, time.UTC)
	if err != nil || len(reports) != 2 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	for i := range reports {
		check(t, &reports[i])
	}
	if reports[0].VM.Name != "web-1" || reports[1].VM.Name != "old db" || reports[1].Line != 22 {
		t.Errorf("%+v", reports)
	}
	features(t, reports[0].Features, map[migration.Feature]float64{
		migration.MemoryMiB: 8192, migration.ResidentMiB: 6144, migration.MemoryUsage: 75, migration.VCPUs: 4, migration.DirtyRate: 42,
	})
	features(t, reports[1].Features, map[migration.Feature]float64{migration.MemoryMiB: 1024, migration.VCPUs: 1})
	if len(reports[1].Notes) != 1 || reports[1].Record().Group != "old db" {
		t.Errorf("notes %q, group %q", reports[1].Notes, reports[1].Record().Group)
	}
}

// A rate over a longer time is no rate of one second, but a point of the curve; one that is not measured is none.
func TestDomStatsDirtyRate(t *testing.T) {
	r := one(t, strings.Replace(strings.Split(twoDomains, "\n\n")[0], "calc_period=1", "calc_period=10", 1), DomStats)
	if diff := cmp.Diff([]migration.Point{{Seconds: 10, MiB: 420}}, r.Features.Points()); diff != "" || r.Features.Known().Has(migration.DirtyRate) {
		t.Error(diff, r.Features.Known())
	}
	for _, status := range []string{"0", "1"} {
		r := one(t, strings.Replace(strings.Split(twoDomains, "\n\n")[0], "calc_status=2", "calc_status="+status, 1), DomStats)
		if known := r.Features.Known(); known.Has(migration.DirtyRate) || known.Has(migration.DirtyCurve) {
			t.Errorf("status %s: known are %v", status, known)
		}
	}
}

func TestDomStatsFaults(t *testing.T) {
	reports, err := Read([]byte(strings.Replace(twoDomains, "=8388608", "=9e999", 1)), DomStats, time.UTC)
	if err != nil || !strings.Contains(reports[0].Fault, "has balloon.current, which is no number") || reports[1].Fault != "" {
		t.Errorf("%v: %+v", err, reports)
	}
}
