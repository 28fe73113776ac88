package estimate

import (
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
)

func TestClassOf(t *testing.T) {
	usual := migration.Everything &^ migration.Of(migration.TimeoutS)
	set := migration.Of
	enough := set(migration.NetworkBandwidth, migration.MemoryMiB, migration.DirtyRate)
	for _, c := range []struct {
		name     string
		known    migration.Set
		computed bool
		want     Class
	}{
		{"everything", migration.Everything, true, complete},
		{"what is usual", usual, true, complete},
		{"what is usual, and how it is moved", usual | set(migration.Method, migration.TLS), true, complete},
		{"how it is moved", set(migration.Method, migration.MultifdChannels), false, pieces},
		{"cpu, memory and the method", set(migration.CPULoad, migration.MemoryUsage, migration.Method), false, cpuAndMem},
		{"nothing", 0, false, pieces},
		{"cpu and memory", set(migration.CPULoad, migration.MemoryUsage), false, cpuAndMem},
		{"the seed's four", set(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.NetworkBandwidth), false, seedFour},
		{"a link", set(migration.BandwidthCap), false, pieces + 1},
		{"a link and its cap", set(migration.NetworkBandwidth, migration.BandwidthCap), false, pieces + 1},
		{"a link and a size", set(migration.NetworkBandwidth, migration.MemoryMiB), false, pieces + 2},
		{"all but a link", set(migration.DirtyRate, migration.MemoryMiB, migration.DowntimeLimitMS), false, pieces + 3},
		{"a rate", enough, true, byRate},
		{"a rate and the limit", enough | set(migration.DowntimeLimitMS), true, byRate + 1},
		{"a curve", enough | set(migration.DirtyCurve), true, byCurve},
		{"a curve and the limit", enough | set(migration.DirtyCurve, migration.DowntimeLimitMS), true, byCurve + 1},
	} {
		if got := ClassOf(c.known, usual, &Physics{Computed: c.computed}); got != c.want {
			t.Errorf("%s: class %d, want %d", c.name, got, c.want)
		}
	}
}

// A set is computable where the physics is computed.
func TestComputable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := modeltest.VM().Only(migration.Set(rapid.Uint32Range(0, uint32(migration.Everything)).Draw(t, "known")))
		if p := Analyse(&precopy.Typical, x); p.Computed != Computable(x.Known()) {
			t.Fatalf("computed %v of %v", p.Computed, x.Known())
		}
	})
}
