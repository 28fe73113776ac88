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
	// RepeatedContent is a quarter of a page random and the rest a repetition of that: what compression makes four
	// times smaller. The bare-metal guest alone knows it.
	RepeatedContent Content = "repeated"
)

// Layout is where in a guest's RAM the memory lies that it does not hold, and which so is zeros. Only a guest without a
// kernel has a say in that.
type Layout string

// The layouts.
const (
	ZerosLast   Layout = "last"   // held memory from low addresses up; also where no layout is given
	ZerosFirst  Layout = "first"  // held memory at the end of RAM, where Linux allocates from
	ZerosInside Layout = "inside" // held memory in stretches all over RAM
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

	// What only the bare-metal guest does.
	HotMiB       int     // the first part of the working set, written to at a rate of its own
	HotRate      float64 // MiB/s, of the DirtyRate
	Layout       Layout
	FreedMiB     int // memory that was held before and given back as it was, beside the resident part
	ChangedWords int // 4-byte words that a write changes of its page; 0: one
}

// pageWords is how many words of 4 bytes a page has.
const pageWords = 1024

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
		inRange("hot", float64(w.HotMiB), float64(max(0, w.WorkingSetMiB)), "MiB of the working set"),
		inRange("hotdirty", w.HotRate, max(0, w.DirtyRate), "MiB/s of what is dirtied"),
		w.Layout.Validate(),
		inRange("freed", float64(w.FreedMiB), maxWorkloadMiB, "MiB"),
		inRange("changed", float64(w.ChangedWords), pageWords, "words of a page"),
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

// CheckKernel returns an error that names what of the workload a guest with a kernel cannot do: its kernel decides
// where in RAM memory lies.
func (w Workload) CheckKernel() error {
	if w.Content == RepeatedContent || w.HotMiB != 0 || w.HotRate != 0 || w.Layout != "" || w.FreedMiB != 0 ||
		w.ChangedWords > 1 {
		return fmt.Errorf("workload: %s, hot, hotdirty, layout, freed and changed are for the bare-metal guest; "+
			"leave them out of %q", RepeatedContent, w)
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
	case RandomContent, ZeroContent, RepeatedContent:
		return nil
	}
	return fmt.Errorf("content is %q; give %s, %s or %s", string(c), RandomContent, ZeroContent, RepeatedContent)
}

// Validate returns an error if the layout is none of the known ones.
func (l Layout) Validate() error {
	switch l {
	case "", ZerosLast, ZerosFirst, ZerosInside:
		return nil
	}
	return fmt.Errorf("layout is %q; give %s, %s or %s", string(l), ZerosLast, ZerosFirst, ZerosInside)
}

// Validate returns an error if the pattern is none of the known ones.
func (p Pattern) Validate() error {
	switch p {
	case SequentialPattern, UniformPattern, HotColdPattern:
		return nil
	}
	return fmt.Errorf("pattern is %q; give %s, %s or %s", string(p), SequentialPattern, UniformPattern, HotColdPattern)
}
