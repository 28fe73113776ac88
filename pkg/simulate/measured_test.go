package simulate

import (
	"testing"

	"vmmp/pkg/migration"
)

func TestTheHostFillsWhatIsNotGiven(t *testing.T) {
	var machine, given migration.Features
	for f := range measurable.All() {
		machine.Set(f, 50)
	}
	machine.Set(migration.DowntimeLimitMS, 5) // none of a machine's business
	given.Set(migration.CPULoad, 75)
	given.Set(migration.DirtyRate, 10)

	x := fill(given, machine)
	if x.Get(migration.CPULoad) != 75 || x.Get(migration.VCPUs) != 50 || x.Get(migration.DirtyRate) != 10 {
		t.Errorf("filled %v", x)
	}
	if want := measurable | migration.Of(migration.DirtyRate); x.Known() != want {
		t.Errorf("knew %v, want %v", x.Known(), want)
	}
}

func TestWanted(t *testing.T) {
	resident := migration.Of(migration.ResidentMiB)
	for _, test := range []struct{ given, want migration.Set }{
		{0, measurable},
		{migration.Of(migration.TimeoutS, migration.DirtyCurve), measurable},
		{migration.Of(migration.CPULoad), measurable &^ migration.Of(migration.CPULoad)},
		{migration.Of(migration.MemoryMiB), measurable &^ migration.Of(migration.MemoryMiB) &^ resident},
		{migration.Of(migration.MemoryUsage), measurable &^ migration.Of(migration.MemoryUsage) &^ resident},
		{measurable &^ resident, 0},
		{migration.Everything, 0},
	} {
		if got := wanted(test.given); got != test.want {
			t.Errorf("given %v: wanted %v, want %v", test.given, got, test.want)
		}
	}
}
