package stress

import (
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/host"
)

const mib, gib = 1 << 20, 1 << 30

// roomy is a machine of no special kind.
var roomy = host.Room{Processors: 4, MemoryBytes: 8 * gib, DiskBytes: 100 * gib}

func TestCheckOfWhatIsPossible(t *testing.T) {
	for _, l := range []Load{
		{},
		{CPU: CPULoad{Workers: 4, Share: 1}, IO: IOLoad{2}, VM: VMLoad{Workers: 2, Bytes: 512 * mib, DirtyRate: Unpaced}, Timeout: time.Minute},
		{VM: VMLoad{Workers: 1, Bytes: pageBytes}},
		{VM: VMLoad{Workers: 2, Bytes: 3700 * mib, WorkingSet: 100 * mib, DirtyRate: 100 * mib}},
		{HDD: HDDLoad{Workers: 90, Bytes: gib}, Nice: 19, Ramp: time.Second},
	} {
		if faults := l.Check(roomy); faults != nil {
			t.Errorf("%+v: %v", l, faults)
		}
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	small := host.Room{MemoryBytes: gib, MemoryGroup: "/sys/fs/cgroup/box", DiskBytes: gib}
	tmpfs := host.Room{MemoryBytes: gib, DiskBytes: 10 * gib, DiskInMemory: true}
	for name, c := range map[string]struct {
		load Load
		room host.Room
		want []string // what each fault begins with
	}{
		"all at once": {Load{
			CPU: CPULoad{Workers: maxWorkers + 1, Share: 1.5}, VM: VMLoad{Workers: -1}, IO: IOLoad{-2}, HDD: HDDLoad{1, 10},
			Timeout: -1, Ramp: -2, Nice: 20,
		}, roomy, []string{
			"cpu must be 0 to 1024 workers, not 1025", "vm must be 0 to 1024", "io must be 0 to 1024", "cpu-load must be 1 to 100 %, not 150",
			"timeout must not be negative", "ramp must not be negative", "nice must be 0 to 19, not 20", "hdd-bytes must be 1 MiB or more, not 10 B",
		}},
		"no share":         {Load{CPU: CPULoad{Workers: 1}}, roomy, []string{"cpu-load must be 1 to 100 %, not 0"}},
		"share of nothing": {Load{CPU: CPULoad{1, math.NaN()}}, roomy, []string{"cpu-load must be"}},
		"too long a ramp": {Load{IO: IOLoad{1}, Ramp: 10 * time.Second, Timeout: 5 * time.Second}, roomy, []string{
			"ramp of 10s is not over before the timeout of 5s",
		}},
		"too little memory": {Load{VM: VMLoad{Workers: 1, Bytes: 100}}, roomy, []string{"vm-bytes must be 4 KiB or more, not 100 B"}},
		"set beyond memory": {Load{VM: VMLoad{Workers: 1, Bytes: mib, WorkingSet: 2 * mib}}, roomy, []string{
			"vm-working-set of 2 MiB is more than the 1 MiB of vm-bytes",
		}},
		"small set":     {Load{VM: VMLoad{Workers: 1, Bytes: mib, WorkingSet: 1}}, roomy, []string{"vm-working-set must be 4 KiB or more"}},
		"negative rate": {Load{VM: VMLoad{Workers: 1, Bytes: mib, DirtyRate: -1}}, roomy, []string{"vm-dirty-rate must not be negative"}},
		"rate beyond set": {Load{VM: VMLoad{Workers: 1, Bytes: gib, WorkingSet: 100 * mib, DirtyRate: 200 * mib}}, roomy, []string{
			"vm-dirty-rate of 200 MiB in a second is more than the working set of 100 MiB holds",
		}},
		"memory": {Load{VM: VMLoad{Workers: 2, Bytes: 4 * gib}}, roomy, []string{
			"vm-bytes of 2 workers come to 8 GiB of memory, and this machine has 8 GiB available; 3.8 GiB or less each",
		}},
		"more memory than numbers go": {Load{VM: VMLoad{Workers: 1024, Bytes: math.MaxInt64}}, roomy, []string{"vm-bytes of 1024 workers come to"}},
		"a control group": {Load{VM: VMLoad{Workers: 1, Bytes: gib}}, small, []string{
			"vm-bytes of 1 worker come to 1 GiB of memory, and the control group /sys/fs/cgroup/box leaves 1 GiB available",
		}},
		"disk": {Load{HDD: HDDLoad{2, gib}}, small, []string{"hdd-bytes of 2 workers come to 2 GiB of files, and the disk"}},
		"both": {Load{VM: VMLoad{Workers: 1, Bytes: gib}, HDD: HDDLoad{1, gib}}, small, []string{"vm-bytes", "hdd-bytes"}},
		"disk in memory": {Load{VM: VMLoad{Workers: 1, Bytes: 500 * mib}, HDD: HDDLoad{1, 500 * mib}}, tmpfs, []string{
			"temp-path keeps its files in memory: they come to 1000 MiB with what vm takes, and this machine has 1 GiB available; ",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			faults := c.load.Check(c.room)
			if len(faults) != len(c.want) {
				t.Fatalf("%d faults, want %d: %v", len(faults), len(c.want), faults)
			}
			for i, f := range faults {
				if told := f.Location + " " + f.Message; !strings.HasPrefix(told, c.want[i]) {
					t.Errorf("fault %q, want %q", told, c.want[i])
				}
			}
		})
	}
}

// What is left is never less than the reserve.
func TestReserve(t *testing.T) {
	for _, bytes := range []uint64{0, mib, 64 * mib, gib, 1 << 60} {
		if spare := spare(bytes); spare > 0 && float64(bytes)-spare < float64(reserve(bytes)) || spare < 0 {
			t.Errorf("of %v all but %v may be taken", Size(bytes), Size(float64(bytes)-spare))
		}
	}
}
