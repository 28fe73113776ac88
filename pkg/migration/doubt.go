package migration

import (
	"fmt"
	"math"
)

const (
	// doubtfulMiB is what no size is expected to reach: 2 GiB in KiB would be taken for it.
	doubtfulMiB = 2 << 20

	// doubtfulCap is how many times the line a cap may be before one of the two seems to be in another unit. Caps above
	// the line are common: they say that there is none.
	doubtfulCap = 10

	// doubtfulResident is the least share of the memory that a guest uses which is resident: swapping, merging and pages
	// of zeros take something away. The lab's guests that filled their memory with zeros have a ninth.
	doubtfulResident = 0.1
)

// Doubts returns the values that are possible, but more often a slip: of a unit, or of what was measured. They are to
// be warned of. Each is given only if its operands are known.
func (x Features) Doubts() []Fault {
	var faults []Fault
	add := func(f Feature, format string, args ...any) {
		faults = append(faults, Fault{f.String(), fmt.Sprintf(format, args...), x.Get(f)})
	}
	for _, f := range []Feature{CPULoad, MemoryUsage} {
		if v := x.Get(f); v > 0 && v < 1 {
			add(f, "%s %% is next to nothing: if it was a share of 1, it is %s %%", plain(v), plain(100*v))
		}
	}
	for _, f := range []Feature{MemoryMiB, ResidentMiB, WorkingSetMiB} {
		if v := x.Get(f); v >= doubtfulMiB {
			add(f, "%s MiB is %s TiB: if KiB was meant, it is %s MiB", plain(v), rounded(v/(1<<20)), plain(math.Round(v/1024)))
		}
	}
	if limit, line := x.Get(BandwidthCap), x.Get(NetworkBandwidth); limit >= doubtfulCap*line {
		add(BandwidthCap, "%s Mbps is %s times what %s says that the line carries: is one of them in another unit?",
			plain(limit), rounded(limit/line), NetworkBandwidth)
	}
	resident, used := x.Get(ResidentMiB), x.Get(MemoryMiB)*x.Get(MemoryUsage)/100
	if resident < doubtfulResident*used {
		add(ResidentMiB, "%s MiB is far below the %s MiB that %s and %s say the guest uses: "+
			"what is used is resident, but for zeros and what the host has swapped out or merged",
			plain(resident), rounded(used), MemoryUsage, MemoryMiB)
	}
	if plateau := x.Get(WorkingSetMiB); plateau > resident*memoryTolerance {
		add(WorkingSetMiB, "%s MiB is above %s, %s MiB: what is written is resident",
			plain(plateau), ResidentMiB, plain(resident))
	}
	return faults
}
