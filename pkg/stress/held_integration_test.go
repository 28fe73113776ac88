//go:build integration && linux

package stress

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// processTime is what the kernel has accounted to this process: user and system
// time, all threads together.
func processTime(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// started begins a load that ends with the test.
func started(t *testing.T, l Load) *Running {
	t.Helper()
	l.Folder = t.TempDir()
	r, err := Start(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// kept measures which share of the time the machine keeps this process's busiest thread from running
// although it could: waiting for a processor, or while the hypervisor gives the processors to others.
type kept struct {
	from   time.Time
	ran    map[string]time.Duration
	waited map[string]time.Duration
	stolen time.Duration
}

// keptFrom begins to measure.
func keptFrom(t *testing.T) *kept {
	t.Helper()
	k := &kept{from: time.Now(), stolen: stolen(t)}
	k.ran, k.waited = threads(t)
	return k
}

// share returns the share of the time since the beginning, and how much the worker owed by then, as such a share:
// no more than the warm-up that it may have waited through.
func (k *kept) share(t *testing.T, warmUp time.Duration) (share, owed float64) {
	t.Helper()
	ran, waited := threads(t)
	var busiest, lost, before time.Duration
	for id, did := range ran {
		if did -= k.ran[id]; did > busiest {
			busiest, lost, before = did, waited[id]-k.waited[id], k.waited[id]
		}
	}
	passed := time.Since(k.from).Seconds()
	return min(1, (lost+stolen(t)-k.stolen).Seconds()/passed), min(before, warmUp).Seconds() / passed
}

// threads returns for how long each thread of this process ran, and waited for a processor.
func threads(t *testing.T) (ran, waited map[string]time.Duration) {
	t.Helper()
	ran, waited = map[string]time.Duration{}, map[string]time.Duration{}
	files, err := filepath.Glob("/proc/self/task/*/schedstat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, _ := os.ReadFile(file) // of a thread that has ended, nothing
		var run, wait time.Duration
		if n, _ := fmt.Sscan(string(text), &run, &wait); n == 2 {
			ran[file], waited[file] = run, wait
		}
	}
	return ran, waited
}

// stolen returns the time that a hypervisor gave to others, of all processors together.
func stolen(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Fatal(err)
	}
	var name string
	var ticks [8]int64
	if _, err := fmt.Sscan(string(text), &name, &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]); err != nil {
		t.Fatalf("read /proc/stat: %v", err)
	}
	return time.Duration(ticks[7]) * 10 * time.Millisecond
}

// tries are how often a target is measured at most. One measurement in which the machine kept the worker
// from its work for no more than mostKept of the time is enough.
const (
	tries    = 5
	mostKept = 0.5
)

// measurement is of one target: what the kernel accounts, what the worker tells, and which share of the
// time the machine kept the worker from its work; owed is what it had to make up for from before.
type measurement struct{ kernel, told, kept, owed float64 }

// holds fails the test unless one of several measurements is near what the target and the machine allow,
// and none is above the target and what the worker owed. A worker may fall short of its target by what it would have done while it
// was kept from running, and by no more: one that rests while it owes work fails on the busiest machine.
func holds(t *testing.T, what string, target, tolerance float64, measure func() measurement) {
	t.Helper()
	reached := false
	for range tries {
		m := measure()
		t.Logf("%s: the kernel accounts %.4g, the worker tells %.4g; it was kept from running for %.1f %% of the time", what, m.kernel, m.told, 100*m.kept)
		if max(m.kernel, m.told) > target+tolerance+m.owed {
			t.Errorf("%s is exceeded: the kernel accounts %.4g, the worker tells %.4g", what, m.kernel, m.told)
		}
		reached = reached || min(m.kernel, m.told) >= target*(1-m.kept)-tolerance
		if reached && m.kept <= mostKept {
			return
		}
	}
	if !reached {
		t.Errorf("%s is not reached in %d measurements", what, tries)
	}
}

// The share of a core is what the kernel says the whole process has used.
func TestCPUShareIsHeld(t *testing.T) {
	const points = 0.05
	for _, share := range []float64{0.1, 0.3, 0.7, 0.9, 1} {
		holds(t, fmt.Sprintf("share %.2f", share), share, points, func() (m measurement) {
			r := started(t, Load{CPU: CPULoad{Workers: 1, Share: share}, Timeout: 1700 * time.Millisecond})
			const warmUp = 200 * time.Millisecond
			time.Sleep(warmUp)
			k, before := keptFrom(t), processTime(t)
			r.Status()
			time.Sleep(1400 * time.Millisecond)
			m.told = r.Status().Of(CPU).Achieved
			m.kernel = (processTime(t) - before).Seconds() / time.Since(k.from).Seconds()
			m.kept, m.owed = k.share(t, warmUp)
			if all := ended(t, r).Of(CPU).Achieved; all > share+points {
				t.Errorf("share %.2f is exceeded: the worker tells %.4g in the end", share, all)
			}
			return m
		})
	}
}

// ended waits for the end of a load.
func ended(t *testing.T, r *Running) Status {
	t.Helper()
	status, err := r.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// resident counts the pages of memory that the kernel holds for this process.
func resident(t *testing.T, memory []byte) int {
	t.Helper()
	pages := make([]byte, len(memory)/os.Getpagesize())
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&memory[0])), uintptr(len(memory)), uintptr(unsafe.Pointer(&pages[0])))
	if errno != 0 {
		t.Fatal(errno)
	}
	held := 0
	for _, p := range pages {
		held += int(p & 1)
	}
	return held
}

// dirtied is the distinct memory that is written in a second. The kernel forgets all
// of it and then holds what was written since, page by page; that works on every
// kernel, with or without soft-dirty bits. What was late while it forgot is made up
// for at once, and not counted.
func dirtied(t *testing.T, memory []byte) (rate, kept float64) {
	t.Helper()
	if err := unix.Madvise(memory, unix.MADV_DONTNEED); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	k, before := keptFrom(t), resident(t, memory)
	time.Sleep(850 * time.Millisecond)
	passed, pages := time.Since(k.from), resident(t, memory)-before
	kept, _ = k.share(t, 0)
	return float64(pages*os.Getpagesize()) / passed.Seconds(), kept
}

// mapped is the memory of the only worker of a load, once it is all there.
func mapped(t *testing.T, r *Running) []byte {
	t.Helper()
	m := r.stressors[0].runners[0]
	for m.begun.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	memory := m.worker.(*vmWorker).memory
	if err := unix.Madvise(memory, unix.MADV_NOHUGEPAGE); err != nil && err != syscall.EINVAL { //nolint:errorlint // a bare errno; kernels without huge pages do not know the advice
		t.Fatal(err)
	}
	return memory
}

// The dirty rate is what the kernel says was dirtied within a second.
func TestDirtyRateIsHeld(t *testing.T) {
	for _, c := range []struct{ rate, set, bytes float64 }{
		{1 << 20, 64 << 20, 64 << 20},
		{20 << 20, 32 << 20, 128 << 20},
		{100 << 20, 256 << 20, 256 << 20},
		{200 << 20, 200 << 20, 256 << 20}, // all of the working set within one second
		{900 << 20, 1 << 30, 1 << 30},
	} {
		holds(t, fmt.Sprintf("MiB/s of %v, of which %g are to be", Size(c.set), c.rate/(1<<20)), c.rate/(1<<20), 0.1*c.rate/(1<<20), func() measurement {
			r := started(t, Load{VM: VMLoad{Workers: 1, Bytes: uint64(c.bytes), WorkingSet: uint64(c.set), DirtyRate: c.rate}, Timeout: time.Minute})
			memory := mapped(t, r)
			k := keptFrom(t)
			rate, kept := dirtied(t, memory)
			time.Sleep(time.Second)
			r.stop() // a timeout might end it while it still takes its memory
			told := ended(t, r).Of(VM).Achieved
			all, _ := k.share(t, 0)
			return measurement{kernel: rate / (1 << 20), told: told / (1 << 20), kept: max(kept, all)}
		})
	}
}

// What is written over and over is the working set and no more.
func TestWorkingSetIsHeld(t *testing.T) {
	r := started(t, Load{VM: VMLoad{Workers: 1, Bytes: 64 << 20, WorkingSet: 8 << 20, DirtyRate: Unpaced}, Timeout: 1500 * time.Millisecond})
	memory := mapped(t, r)
	if got := resident(t, memory); got != 64<<20/os.Getpagesize() {
		t.Errorf("holds %d pages of 64 MiB before it begins", got)
	}
	if err := unix.Madvise(memory, unix.MADV_DONTNEED); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	if got := resident(t, memory); got != 8<<20/os.Getpagesize() {
		t.Errorf("dirtied %d pages, want the 8 MiB of the working set", got)
	}
	if told := ended(t, r).Of(VM); told.Achieved != 8<<20 || !(told.Work > 100<<20) {
		t.Errorf("tells a dirty rate of %v and %v written in a second", Size(told.Achieved), Size(told.Work))
	}
}
