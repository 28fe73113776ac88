package guest

import (
	"encoding/binary"
	"sync/atomic"
	"testing"
	"time"
)

func TestNewWriterSharesTheRate(t *testing.T) {
	w := busyWorkload() // 40 MiB/s are 10240 pages/s: 102.4 a period
	set := make([]byte, 4*pageBytes)
	for _, c := range []struct {
		cpus  int
		quota float64
	}{{1, 102.4}, {2, 51.2}} {
		got := newWriter(w, set, 0, c.cpus, 1, nil)
		if got.quota != c.quota || got.busy != 5*time.Millisecond {
			t.Errorf("%d vCPUs: %v pages and %v a period", c.cpus, got.quota, got.busy)
		}
	}
	if !newWriter(Workload{Pattern: UniformPattern}, nil, 0, 1, 1, nil).idle() {
		t.Error("nothing to do is not idle")
	}
	for _, busy := range []Workload{{CPU: 0.1}, {DirtyRate: 1}} {
		if newWriter(busy, set, 0, 1, 1, nil).idle() {
			t.Errorf("%v is idle", busy)
		}
	}
}

func TestWriterWritesOneWordOfEachPage(t *testing.T) {
	const pages = 8
	set := make([]byte, pages*pageBytes)
	w := newWriter(Workload{DirtyRate: 1, Pattern: SequentialPattern}, set, 0, 1, 1, new(atomic.Uint64))
	seen := map[uint64]bool{0: true}
	for range 3 {
		w.write(pages)
		for p := range pages {
			page := set[p*pageBytes : (p+1)*pageBytes]
			word := binary.LittleEndian.Uint64(page)
			if seen[word] {
				t.Errorf("page %d has the content %x, which was there before", p, word)
			}
			seen[word] = true
			for _, b := range page[8:] {
				if b != 0 {
					t.Fatalf("page %d is written behind its first word", p)
				}
			}
		}
	}
	if n := testing.AllocsPerRun(10, func() { w.write(100) }); n != 0 {
		t.Errorf("%v allocations a period", n)
	}
}

// TestNextPeriod: missed time is not made up for.
func TestNextPeriod(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct{ start, now, want time.Duration }{
		{100 * ms, 101 * ms, 110 * ms},
		{100 * ms, 110 * ms, 110 * ms},
		{100 * ms, 112 * ms, 112 * ms},
		{100 * ms, 990 * ms, 990 * ms},
	} {
		if got := nextPeriod(c.start, c.now); got != c.want {
			t.Errorf("begun at %v, at %v: got %v, want %v", c.start, c.now, got, c.want)
		}
	}
}

// TestWriterNeverExceedsItsRate runs a writer on this machine for a while: it may write less than its rate where the
// machine is busy, and never more.
func TestWriterNeverExceedsItsRate(t *testing.T) {
	var written atomic.Uint64
	work := Workload{CPU: 0.05, DirtyRate: 100, Pattern: UniformPattern}
	w := newWriter(work, make([]byte, mib), 0, 1, 1, &written)
	threads := &workers{console: t.Output()}
	begun := time.Now()
	threads.run(w.run)
	for written.Load() == 0 && time.Since(begun) < 5*time.Second {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(10 * writerPeriod)
	threads.end()
	periods := time.Since(begun)/writerPeriod + 1
	if got, most := written.Load(), uint64(float64(periods)*w.quota)+1; got == 0 || got > most {
		t.Errorf("%d pages in %d periods of %v", got, periods, w.quota)
	}
	after := written.Load()
	time.Sleep(2 * writerPeriod)
	if written.Load() != after {
		t.Error("it writes on behind its end")
	}
}
