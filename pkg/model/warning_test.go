package model

import (
	"strings"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
)

func TestNotConvergingSaysWithinWhatAndWhatHelps(t *testing.T) {
	var x migration.Features
	if got := notConverging(0.314, x); !strings.Contains(got, "within 30 rounds (probability 0.31)") || !strings.Contains(got, "auto-converge") {
		t.Errorf("without a timeout: %q", got)
	}
	x.Set(migration.TimeoutS, 250000)
	if got := notConverging(0.05, x); !strings.Contains(got, "within 250000 s (probability 0.05)") {
		t.Errorf("with a timeout: %q", got)
	}
}

func TestOutsideNamesFeatureAndRange(t *testing.T) {
	m := tiny()
	x := modeltest.VM()
	if got := m.outside(x); len(got) != 0 {
		t.Fatalf("inside: %q", got)
	}
	x.Set(migration.MemoryMiB, 4<<20)
	x.Set(migration.VCPUs, 4096)
	got := m.outside(x)
	r := m.experts.Schema[migration.MemoryMiB].Range
	if len(got) != 2 || !strings.HasPrefix(got[0], "memory_mib 4194300 is outside the training range ("+short(r[0])+" to "+short(r[1])+" MiB)") ||
		!strings.HasPrefix(got[1], "vcpus 4096 is outside the training range (1 to 64)") {
		t.Errorf("warnings %q", got)
	}
}

func TestOutsideSaysWhatWasNeverKnown(t *testing.T) {
	var x migration.Features
	x.Set(migration.DiskIO, 5)
	x.SetPoints([]migration.Point{{Seconds: 1, MiB: 1}})
	blind := &Model{experts: estimate.Experts{Schema: make([]estimate.FieldRange, migration.Count)}}
	got := blind.outside(x)
	if len(got) != 2 || !strings.HasPrefix(got[0], "disk_io was not known") || !strings.HasPrefix(got[1], "dirty_curve was not known") {
		t.Errorf("warnings %q", got)
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 0.1 + 0.2: "0.3", 1048576: "1048580", 12345.678: "12345.7", 1e9: "1000000000", 0.00001234567: "0.0000123457", -2.5: "-2.5",
	} {
		if got := short(v); got != want {
			t.Errorf("short(%v) = %q, want %q", v, got, want)
		}
	}
}
