package train

import (
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

func TestRangesOf(t *testing.T) {
	examples := make([]Example, 4)
	for i := range examples {
		examples[i].Features.Set(migration.CPULoad, float64(10*i))
		examples[i].Source = migration.SourcePrecopy
	}
	examples[1].Source = migration.SourceLab
	examples[2].Features.SetPoints([]migration.Point{{Seconds: 1, MiB: 1}})
	examples[3].Source, examples[3].Elsewhere = migration.SourceLab, "there"
	ranges := rangesOf(nil, examples, estimate.FromSite)
	cpu, curve, memory := ranges[migration.CPULoad], ranges[migration.DirtyCurve], ranges[migration.MemoryMiB]
	if cpu.Rows != 3 || cpu.Range[0] != 0 || cpu.Range[1] != 20 { // no tree learned from the last
		t.Errorf("cpu_load %+v", cpu)
	}
	if cpu.SiteRows != 1 || cpu.Site[0] != 10 || cpu.Site[1] != 10 || cpu.OthersRows != 1 || cpu.Others[0] != 30 || cpu.Others[1] != 30 {
		t.Errorf("cpu_load %+v", cpu)
	}
	if curve.Rows != 1 || len(curve.Range) != 2 || curve.Range[0] != 1 || curve.Range[1] != 1 { // MiB/s over a second
		t.Errorf("dirty_curve %+v", curve)
	}
	if memory.Rows != 0 || memory.Range != nil || memory.Name != "memory_mib" || memory.Unit != "MiB" {
		t.Errorf("memory_mib %+v", memory)
	}
	both := rangesOf(ranges, examples[1:2], estimate.FromSite)
	if cpu := both[migration.CPULoad]; cpu.Rows != 4 || cpu.SiteRows != 2 || cpu.Range[1] != 20 || cpu.OthersRows != 1 {
		t.Errorf("beside those of a prior: %+v", cpu)
	}
	few := rangesOf(nil, examples[:2], estimate.FromOutcome)
	if cpu := few[migration.CPULoad]; cpu.Rows != 1 || cpu.Range[1] != 0 || cpu.SiteRows != 1 || cpu.Site[0] != 10 {
		t.Errorf("of outcomes that no tree learns from: %+v", cpu)
	}
}
