package host

import (
	"math"
	"testing"
)

func TestAverage(t *testing.T) {
	nan := math.NaN()
	var a Average
	for _, s := range []Snapshot{
		{CPUPercent: 10, MemoryPercent: 40, DiskMBps: nan, TrafficMbps: nan, ResidentMiB: 100, CPUs: 4, LinkMbps: 1000},
		{CPUPercent: 30, MemoryPercent: 42, DiskMBps: 5, TrafficMbps: nan, ResidentMiB: 300, CPUs: 4, LinkMbps: 1000},
	} {
		a.Add(s)
	}
	got := a.Mean()
	if got.CPUPercent != 20 || got.MemoryPercent != 41 || got.DiskMBps != 5 || !math.IsNaN(got.TrafficMbps) ||
		got.ResidentMiB != 200 || got.CPUs != 4 || got.LinkMbps != 1000 || a.Count() != 2 {
		t.Errorf("%+v of %d", got, a.Count())
	}
}
