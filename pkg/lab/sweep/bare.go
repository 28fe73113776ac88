package sweep

import (
	"errors"
	"fmt"
	"math"

	"vmmp/pkg/lab/baremetal"
	"vmmp/pkg/lab/guest"
)

// Bare says what only the bare-metal guest does.
type Bare struct {
	Layouts  []guest.Layout `yaml:"layouts"`  // where in RAM zeros lie
	Hot      float64        `yaml:"hot"`      // share of settings with a hot set of its own
	Repeated float64        `yaml:"repeated"` // share whose memory compression makes four times smaller
	Changed  []int          `yaml:"changed"`  // words of a page that a write changes
}

func (b Bare) validate() error {
	faults := []error{share("hot", b.Hot), share("repeated", b.Repeated)}
	for _, l := range b.Layouts {
		faults = append(faults, l.Validate())
	}
	for _, words := range b.Changed {
		if words < 1 || words > 1024 {
			faults = append(faults, fmt.Errorf("changed is %d; give 1 to 1024 words", words))
		}
	}
	return errors.Join(faults...)
}

const (
	dimLayout = iota
	dimHot
	dimHotRate
	dimHotSeconds
	dimChanged
	dimFreedMiB
	bareDims
)

// hotSeconds is how long it takes to write all of a hot set once. The 53 workloads of MDPI Algorithms 2024 dirty in a
// second 1.8 times, in the median, what they dirty in a tenth of it.
var hotSeconds = Range{0.02, 0.5}

// workload adds to w what is drawn at a point of the unit cube, for a guest of so much memory. freed says whether it
// has held more.
func (b Bare) workload(w *guest.Workload, memoryMiB int, freed bool, u []float64) {
	if len(b.Layouts) > 0 {
		w.Layout = pick(b.Layouts, u[dimLayout])
	}
	if len(b.Changed) > 0 {
		w.ChangedWords = pick(b.Changed, u[dimChanged])
	}
	if at := u[dimHot]; at < b.Hot && w.DirtyRate > 0 {
		w.Pattern = guest.UniformPattern
		if at < b.Hot/2 {
			w.Pattern = guest.SequentialPattern
		}
		w.HotRate = math.Round(w.DirtyRate*(0.5+0.45*u[dimHotRate])*10) / 10
		w.HotMiB = int(min(math.Ceil(w.HotRate*hotSeconds.at(u[dimHotSeconds])), float64(w.WorkingSetMiB/2)))
		if w.HotMiB == 0 {
			w.HotRate = 0
		}
	}
	if freed {
		room := float64(memoryMiB - baremetal.SpareMiB - w.ResidentMiB)
		w.FreedMiB = int(room * (0.3 + 0.7*u[dimFreedMiB]))
	}
}
