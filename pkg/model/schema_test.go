package model

import (
	"math"
	"strings"
	"testing"

	"vmmp/pkg/migration"
)

func contains(lines []string, part string) bool {
	for _, line := range lines {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

func TestSpan(t *testing.T) {
	var s span
	if !s.holds(math.Inf(1)) || !s.holds(-1) {
		t.Error("an unknown span does not hold everything")
	}
	if s = s.including(math.NaN()); s != nil {
		t.Errorf("unknown numbers span %v", s)
	}
	for _, v := range []float64{3, math.NaN(), -1, 2} {
		s = s.including(v)
	}
	if s[0] != -1 || s[1] != 3 {
		t.Errorf("span %v", s)
	}
	for v, want := range map[float64]bool{-1: true, 0: true, 3: true, 3.03: true, 3.05: false, -1.05: false, 100: false} {
		if s.holds(v) != want {
			t.Errorf("holds %v: %v", v, !want)
		}
	}
}

func TestRangesOf(t *testing.T) {
	examples := make([]Example, 3)
	for i := range examples {
		examples[i].Features.Set(migration.CPULoad, float64(10*i))
		examples[i].Source = migration.SourcePrecopy
	}
	examples[1].Source = migration.SourceLab
	examples[2].Features.SetPoints([]migration.Point{{Seconds: 1, MiB: 1}})
	ranges := rangesOf(examples)
	cpu, curve, memory := ranges[migration.CPULoad], ranges[migration.DirtyCurve], ranges[migration.MemoryMiB]
	if cpu.Rows != 3 || cpu.Range[0] != 0 || cpu.Range[1] != 20 || cpu.Measured[0] != 10 || cpu.Measured[1] != 10 {
		t.Errorf("cpu_load %+v", cpu)
	}
	if curve.Rows != 1 || len(curve.Range) != 2 || curve.Range[0] != 1 || curve.Range[1] != 1 { // MiB/s over a second
		t.Errorf("dirty_curve %+v", curve)
	}
	if memory.Rows != 0 || memory.Range != nil || memory.Name != "memory_mib" || memory.Unit != "MiB" {
		t.Errorf("memory_mib %+v", memory)
	}
}

func TestOutsideNamesFeatureAndRange(t *testing.T) {
	m := tiny()
	x := vm()
	if got := outside(m.schema, x); len(got) != 0 {
		t.Fatalf("inside: %q", got)
	}
	x.Set(migration.MemoryMiB, 4<<20)
	x.Set(migration.VCPUs, 4096)
	got := outside(m.schema, x)
	r := m.schema[migration.MemoryMiB].Range
	if len(got) != 2 || !strings.HasPrefix(got[0], "memory_mib 4194300 is outside the training range ("+short(r[0])+" to "+short(r[1])+" MiB)") ||
		!strings.HasPrefix(got[1], "vcpus 4096 is outside the training range (1 to 64)") {
		t.Errorf("warnings %q", got)
	}
}

func TestOutsideSaysWhatWasNeverKnown(t *testing.T) {
	var x migration.Features
	x.Set(migration.DiskIO, 5)
	x.SetPoints([]migration.Point{{Seconds: 1, MiB: 1}})
	got := outside(rangesOf(nil), x)
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
