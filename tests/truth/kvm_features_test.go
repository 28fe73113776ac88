package main

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
)

func TestKVMFeatures(t *testing.T) {
	row := kvmRow{
		technique: "auto-converge", availableMbps: 734, dirtyPages: 1280, touchedMiB: 700, maxBandwidthMiBs: 1e9 / 8 / (1 << 20),
		totalTimeMS: 9000, downtimeMS: 330, transferredKiB: 1024,
	}
	r := row.record()
	for f, want := range map[migration.Feature]float64{
		migration.NetworkBandwidth: 1000, migration.BandwidthCap: 1000, migration.MemoryMiB: 2048, migration.ResidentMiB: 700,
		migration.DirtyRate: 5, migration.DowntimeLimitMS: 300, migration.AutoConverge: 1,
	} {
		if got := r.Features.Get(f); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%v = %v, want %v", f, got, want)
		}
	}
	for _, unknown := range []migration.Feature{migration.CPULoad, migration.MemoryUsage, migration.TimeoutS} {
		if r.Features.Known().Has(unknown) {
			t.Errorf("%v is known", unknown)
		}
	}
	if o := r.Outcome; o.Status != migration.Completed || o.DowntimeMS != 330 || o.TotalTimeMS != 9000 || o.TransferredMiB != 1 {
		t.Errorf("outcome %+v", o)
	}
	// What the guest dirties over what was sent: 5 MiB/s are 41.9 Mbps.
	if got := row.load(); math.Abs(got-5*8.388608/734) > 1e-9 {
		t.Errorf("load %v", got)
	}
}

func TestKVMFeaturesOfOtherGuests(t *testing.T) {
	row := kvmRow{technique: plain, availableMbps: 900, touchedMiB: 3000, maxBandwidthMiBs: 60, downtimeMS: 331}
	r := row.record()
	if got := r.Features.Get(migration.MemoryMiB); got != 4096 {
		t.Errorf("a guest that touched 3000 MiB has %v MiB", got)
	}
	if r.Outcome.Status != migration.Forced || r.Outcome.SwitchedOver() {
		t.Errorf("a pause of 331 ms: %s", r.Outcome.Status)
	}
	if r.Features.Known().Has(migration.AutoConverge) {
		t.Error("auto-converge is known of plain pre-copy")
	}
}

// A technique is told by a feature, and by no feature whose value it would not be.
func TestSettings(t *testing.T) {
	for technique, s := range settings {
		var x migration.Features
		told := s.tell(&x)
		f, known := migration.Lookup(s.feature)
		if told != known || told && x.Known() != migration.Of(f) || !told && x.Known() != 0 {
			t.Errorf("%s: told %v, of which %s is known", technique, told, x.Known())
		}
	}
	if len(settings) != len(techniques)-1 {
		t.Errorf("%d settings of %d techniques", len(settings), len(techniques))
	}
}
