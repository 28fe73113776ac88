package model

import (
	"testing"

	"vmmp/pkg/migration"
)

func TestClassOf(t *testing.T) {
	usual := migration.Everything &^ migration.Of(migration.TimeoutS)
	set := migration.Of
	enough := set(migration.NetworkBandwidth, migration.MemoryMiB, migration.DirtyRate)
	for _, c := range []struct {
		name     string
		known    migration.Set
		computed bool
		want     class
	}{
		{"everything", migration.Everything, true, complete},
		{"what is usual", usual, true, complete},
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
		if got := classOf(c.known, usual, &physics{computed: c.computed}); got != c.want {
			t.Errorf("%s: class %d, want %d", c.name, got, c.want)
		}
	}
}

func TestEveryClassIsTrained(t *testing.T) {
	d := newDesign(world(200, 1), 16, 1)
	var rows [classes]int
	for _, row := range d.rows {
		rows[row.class]++
	}
	for c, n := range rows {
		if n == 0 {
			t.Errorf("no row is of class %d", c)
		}
	}
}

func TestClassesOfFewRowsShareACalibration(t *testing.T) {
	var rows [classes][]int
	rows[complete] = make([]int, fewest)
	rows[byRate] = make([]int, fewest-1)
	cs := calibrate(rows, func(s []int) int { return len(s) })
	for c, want := range map[class]int{complete: fewest, byRate: 2*fewest - 1, cpuAndMem: 2*fewest - 1} {
		if got := cs.of(c); got != want {
			t.Errorf("class %d is calibrated on %d rows, want %d", c, got, want)
		}
	}
	if cs.Rows[int(complete)] != fewest || len(cs.Rows) != 1 {
		t.Errorf("rows %v", cs.Rows)
	}
}

func TestNothingToCalibrateOn(t *testing.T) {
	cs := calibrate([classes][]int{}, func([]int) levels { panic("learned from nothing") })
	if got := cs.of(complete); got != nil {
		t.Errorf("calibration %v", got)
	}
}
