package guest

import (
	"errors"
	"fmt"
	"math"
)

// Content is what a guest's held memory is filled with.
type Content string

// The contents. Random pages cost the link their full size. A page of zeros costs a few bytes, until a writer has
// stored its first value into it.
const (
	RandomContent Content = "random"
	ZeroContent   Content = "zero"
)

// Pattern is the order in which a writer visits the pages of the working set.
type Pattern string

// The patterns: one page after the other, each page alike, or nine writes in ten to the first tenth of the set and the
// others to the rest.
const (
	SequentialPattern Pattern = "sequential"
	UniformPattern    Pattern = "uniform"
	HotColdPattern    Pattern = "hotcold"
)

// The bounds of a workload: far past what an emulated guest reaches, so that they catch a wrong unit and nothing else.
const (
	maxWorkloadMiB = 1 << 20 // a TiB of memory held
	maxDirtyRate   = 1e6     // MiB/s
	maxDiskMBs     = 1e5     // MB/s
)

// SpareMiB is the memory that a workload has to leave free for the kernel and the program.
const SpareMiB = 12

// Workload is what the guest does while it is migrated. It is the ground truth of a run: the features are what an
// operator can see of it.
type Workload struct {
	CPU           float64 // share of each vCPU kept busy, 0..1, writing included
	ResidentMiB   int     // memory filled and held, beside what kernel and program take
	Content       Content // what that memory is filled with
	DirtyRate     float64 // MiB/s of pages written, over all vCPUs; a page written twice counts twice
	WorkingSetMiB int     // part of the resident memory that is written to
	Pattern       Pattern // the order of the writes
	DiskMBs       float64 // MB/s read and written, half each, past the guest's page cache
}

// Validate returns an error that names every field out of its bounds, and nil for a workload that a guest with enough
// memory can run.
func (w Workload) Validate() error {
	faults := []error{
		inRange("cpu", w.CPU, 1, "a share of each vCPU"),
		inRange("resident", float64(w.ResidentMiB), maxWorkloadMiB, "MiB"),
		w.Content.validate(),
		inRange("dirty", w.DirtyRate, maxDirtyRate, "MiB/s"),
		inRange("ws", float64(w.WorkingSetMiB), maxWorkloadMiB, "MiB"),
		w.Pattern.Validate(),
		inRange("disk", w.DiskMBs, maxDiskMBs, "MB/s"),
	}
	if w.WorkingSetMiB > w.ResidentMiB {
		faults = append(faults, fmt.Errorf("ws is %d MiB of %d MiB resident; give at most what is resident",
			w.WorkingSetMiB, w.ResidentMiB))
	}
	if w.DirtyRate > 0 && w.WorkingSetMiB == 0 {
		faults = append(faults, fmt.Errorf("dirty is %g MiB/s of no working set; give a ws of 1 MiB or more",
			w.DirtyRate))
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("workload: %w", err)
	}
	return nil
}

// inRange refuses what is no number of 0..highest.
func inRange(key string, value, highest float64, unit string) error {
	if math.IsNaN(value) || value < 0 || value > highest {
		return fmt.Errorf("%s is %g; give %s of 0 to %g", key, value, unit, highest)
	}
	return nil
}

func (c Content) validate() error {
	switch c {
	case RandomContent, ZeroContent:
		return nil
	}
	return fmt.Errorf("content is %q; give %s or %s", string(c), RandomContent, ZeroContent)
}

// Validate returns an error if the pattern is none of the known ones.
func (p Pattern) Validate() error {
	switch p {
	case SequentialPattern, UniformPattern, HotColdPattern:
		return nil
	}
	return fmt.Errorf("pattern is %q; give %s, %s or %s", string(p), SequentialPattern, UniformPattern, HotColdPattern)
}
