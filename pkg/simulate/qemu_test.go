package simulate

import (
	"strings"
	"testing"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/sweep"
	"vmmp/pkg/migration"
)

// What a guest needs at the least depends on the plan's guest; all but the settings of machine and move is measured.
func TestWhatTheLabCanBeTold(t *testing.T) {
	bare := QEMU{Plan: &sweep.Plan{Platform: sweep.Platform{Guest: lab.BareMetal, Accelerator: lab.KVM}}}
	for name, test := range map[string]struct {
		back QEMU
		f    migration.Feature
		v    float64
		want string
	}{
		"Linux":                {QEMU{}, migration.MemoryMiB, 256, ""},
		"a small Linux":        {QEMU{}, migration.MemoryMiB, 128, "must be 256 MiB or more"},
		"a bare-metal guest":   {bare, migration.MemoryMiB, 128, ""},
		"a small one of those": {bare, migration.MemoryMiB, 8, "must be 16 MiB or more"},
		"what is measured":     {bare, migration.DirtyRate, 8, "is measured of each guest"},
		"out of bounds":        {QEMU{}, migration.DowntimeLimitMS, 0.5, "must be 1 to 2000000 ms"},
	} {
		var x migration.Features
		x.Set(test.f, test.v)
		faults := test.back.Check(x)
		if (len(faults) == 0) != (test.want == "") || len(faults) > 0 && !strings.Contains(faults[0].Message, test.want) {
			t.Errorf("%s: %v, want %q", name, faults, test.want)
		}
	}
	c := bare.platform().Config(lab.Config{QEMU: "q", Kernel: "k"})
	if want := (lab.Config{QEMU: "q", Kernel: "k", Guest: lab.BareMetal, Accelerator: lab.KVM}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
}
