package train

import (
	"testing"

	"vmmp/pkg/migration"
)

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
