package baremetal

import (
	"fmt"
	"math"

	"vmmp/pkg/lab/guest"
)

const (
	pagesPerMiB = 1 << 20 / pageBytes
	// ownMiB is the memory at the bottom of RAM that the guest keeps for itself.
	ownMiB = 2
	// stretchPages is how far stretches of held memory are apart where zeros lie inside: 16 MiB, several of a host's
	// huge pages.
	stretchPages = 16 * pagesPerMiB
	// hotShare is the part of the working set that the pattern hotcold writes hotWrites of all its pages to.
	hotShare, hotWrites = 0.1, 0.9
)

// SpareMiB is the memory that a workload cannot hold.
const SpareMiB = ownMiB

// extent says where in RAM held memory lies, in pages.
type extent struct{ base, run, stride, stretches int }

// pages returns how many are held.
func (e extent) pages() int { return e.run * e.stretches }

// newExtent returns where so many MiB lie. Those of one layout lie within each other, the smaller in the larger.
func newExtent(layout guest.Layout, mib, memoryMiB int) extent {
	first, end, held := ownMiB*pagesPerMiB, memoryMiB*pagesPerMiB, mib*pagesPerMiB
	switch layout {
	case guest.ZerosFirst:
		first = end - held
	case guest.ZerosInside:
		if n := (end - first) / stretchPages; n > 0 && held > 0 && held <= n*stretchPages {
			return extent{first, (held + n - 1) / n, stretchPages, n}
		}
	}
	return extent{first, max(1, held), 0, min(1, held)}
}

// orders returns the frames that have a guest of so much memory run a workload, in order. It returns an error if the
// workload is not valid, has something that the guest lacks, or does not fit.
func orders(w guest.Workload, memoryMiB int) ([]frame, error) {
	if err := w.Validate(); err != nil {
		return nil, err
	}
	if w.DiskMBs > 0 {
		return nil, fmt.Errorf("workload: disk is %g; the bare-metal guest has no disk, leave it out", w.DiskMBs)
	}
	if most := memoryMiB - SpareMiB; w.ResidentMiB+w.FreedMiB > most {
		return nil, fmt.Errorf("workload: resident and freed are %d MiB and the guest has room for %d; "+
			"give the machine more memory", w.ResidentMiB+w.FreedMiB, most)
	}
	last := held(w, w.ResidentMiB, memoryMiB)
	last.work(w)
	if w.FreedMiB == 0 {
		return []frame{last}, nil
	}
	first := held(w, w.ResidentMiB+w.FreedMiB, memoryMiB)
	if w.Content == guest.ZeroContent {
		first[atFlags] = fillFlag // what was freed is no zeros
	}
	last[atFlags] |= keepFlag
	return []frame{first, last}, nil
}

// held returns a set that holds so much memory and does nothing with it.
func held(w guest.Workload, mib, memoryMiB int) frame {
	e := newExtent(w.Layout, mib, memoryMiB)
	f := frame{
		atVerb: set, 4: uint32(e.base), 5: uint32(e.run), 6: uint32(e.stride), 7: uint32(e.stretches), 14: 1,
	}
	switch w.Content {
	case guest.RandomContent:
		f[atFlags] = fillFlag
	case guest.RepeatedContent:
		f[atFlags] = fillFlag | repeatedFlag
	}
	return f
}

// work adds what the workload does.
func (f *frame) work(w guest.Workload) {
	hotMiB, hotRate := float64(w.HotMiB), w.HotRate
	if w.Pattern == guest.HotColdPattern && w.HotMiB == 0 {
		hotMiB, hotRate = hotShare*float64(w.WorkingSetMiB), hotWrites*w.DirtyRate
	}
	hot := uint32(math.Ceil(hotMiB * pagesPerMiB))
	cold := uint32(w.WorkingSetMiB*pagesPerMiB) - hot
	f[8], f[9] = hot, rate(hotRate, hot)
	f[10], f[11] = cold, rate(w.DirtyRate-hotRate, cold)
	if w.Pattern != guest.SequentialPattern {
		f[12] = 1
	}
	f[13] = uint32(math.Round(w.CPU * (1 << 16)))
	f[14] = uint32(max(1, w.ChangedWords))
}

// rate returns MiB/s in pages a second; nothing is written to an empty set.
func rate(mibs float64, pages uint32) uint32 {
	if pages == 0 {
		return 0
	}
	return uint32(math.Round(mibs * pagesPerMiB))
}
