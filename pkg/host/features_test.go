package host

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
)

func TestFeaturesOfASnapshot(t *testing.T) {
	s := Snapshot{
		CPUPercent: 12.5, MemoryPercent: 40, DiskMBps: math.NaN(), LinkMbps: math.NaN(),
		MemoryMiB: 8192, ResidentMiB: 3277, CPUs: 4,
	}
	x := s.Features()
	if faults := x.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	want := migration.Of(migration.CPULoad, migration.MemoryUsage, migration.MemoryMiB, migration.ResidentMiB, migration.VCPUs)
	if x.Known() != want {
		t.Errorf("knows %v, want %v: what could not be read is unknown", x.Known(), want)
	}
	if got := x.Get(migration.VCPUs); got != 4 {
		t.Errorf("vcpus %g, want 4", got)
	}
}

func TestFeaturesOutOfBoundsAreUnknown(t *testing.T) {
	x := Snapshot{CPUPercent: 101, MemoryPercent: -1, LinkMbps: 0, MemoryMiB: math.Inf(1)}.Features()
	if known := x.Known() &^ migration.Of(migration.DiskIO, migration.ResidentMiB); known != 0 {
		t.Errorf("took %v from an impossible reading", known)
	}
}
