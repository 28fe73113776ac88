package guest

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// writerPeriod is how long a writer's quota of pages and of busy time is for: short against the rounds of a migration,
// long against the wake-ups of a guest.
const writerPeriod = 10 * time.Millisecond

// writer keeps one vCPU busy and writes to memory, period by period. What it missed in a period that was too short it
// does not make up for: a guest that is throttled or paused writes less.
type writer struct {
	cpu     int           // the vCPU it runs on
	set     []byte        // the working set; nil: it writes nothing
	walk    pageWalk      // over the pages of set
	quota   float64       // pages a period
	busy    time.Duration // of each period, writing included
	written *atomic.Uint64
}

// newWriter makes the writer of one vCPU, which takes its share of the rate.
func newWriter(w Workload, set []byte, cpu, cpus int, seed uint64, written *atomic.Uint64) *writer {
	pages := w.DirtyRate * mib / pageBytes / float64(cpus) * writerPeriod.Seconds()
	return &writer{
		cpu:     cpu,
		set:     set,
		walk:    newPageWalk(w.Pattern, len(set)/pageBytes, cpu, cpus, seed),
		quota:   pages,
		busy:    time.Duration(w.CPU * float64(writerPeriod)),
		written: written,
	}
}

// idle reports whether the writer has nothing to do.
func (w *writer) idle() bool { return w.quota == 0 && w.busy == 0 }

// run works until it is stopped. It needs a thread of its own, whose affinity it changes.
func (w *writer) run(stop *atomic.Bool) error {
	var on unix.CPUSet
	on.Set(w.cpu)
	if err := unix.SchedSetaffinity(0, &on); err != nil {
		return err
	}
	clock := newMonotonicClock()
	owed := 0.0
	for start := clock.now(); !stop.Load(); {
		owed += w.quota
		pages := int(owed)
		owed -= float64(pages)
		w.write(pages)
		w.written.Add(uint64(pages))
		w.spin(clock, start+w.busy)
		start = nextPeriod(start, clock.now())
		sleepUntil(start)
	}
	return nil
}

// nextPeriod returns when the period behind one that began at start begins: in its turn, or at once where its turn is
// over.
func nextPeriod(start, now time.Duration) time.Duration { return max(start+writerPeriod, now) }

// write stores a fresh random word into each of so many pages.
func (w *writer) write(pages int) {
	for range pages {
		at := w.walk.page() * pageBytes
		binary.LittleEndian.PutUint64(w.set[at:], w.walk.random.next())
	}
}

// spin uses the CPU until a moment.
func (w *writer) spin(clock monotonicClock, until time.Duration) {
	for clock.now() < until {
		for range 500 { // a clock may cost the emulator a microsecond to read
			w.walk.random.next()
		}
	}
}
