//go:build integration && linux

package stress

import (
	"fmt"
	"os"
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

// tries are how often a target is measured: where other tests have the processors, a
// load may fall short of it. It must never be above it.
const tries = 10

// holds fails the test unless one of several measurements is near the target, and none
// above. Each is the kernel's and the worker's own.
func holds(t *testing.T, what string, target, tolerance float64, measure func() (kernel, told float64)) {
	t.Helper()
	for range tries {
		kernel, told := measure()
		t.Logf("%s: the kernel accounts %.4g, the worker tells %.4g", what, kernel, told)
		if max(kernel, told) > target+tolerance {
			t.Errorf("%s is exceeded: the kernel accounts %.4g, the worker tells %.4g", what, kernel, told)
		}
		if min(kernel, told) >= target-tolerance {
			return
		}
	}
	t.Errorf("%s is not reached in %d measurements", what, tries)
}

// The share of a core is what the kernel says the whole process has used.
func TestCPUShareIsHeld(t *testing.T) {
	const points = 0.05
	for _, share := range []float64{0.1, 0.3, 0.7, 0.9, 1} {
		holds(t, fmt.Sprintf("share %.2f", share), share, points, func() (kernel, told float64) {
			r := started(t, Load{CPU: CPULoad{Workers: 1, Share: share}, Timeout: 1700 * time.Millisecond})
			time.Sleep(200 * time.Millisecond)
			from, before := time.Now(), processTime(t)
			time.Sleep(1400 * time.Millisecond)
			kernel = (processTime(t) - before).Seconds() / time.Since(from).Seconds()
			return kernel, ended(t, r).Of(CPU).Achieved
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
func dirtied(t *testing.T, memory []byte) float64 {
	t.Helper()
	if err := unix.Madvise(memory, unix.MADV_DONTNEED); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	from, before := time.Now(), resident(t, memory)
	time.Sleep(850 * time.Millisecond)
	passed, pages := time.Since(from), resident(t, memory)-before
	return float64(pages*os.Getpagesize()) / passed.Seconds()
}

// mapped is the memory of the only worker of a load, once it is all there.
func mapped(t *testing.T, r *Running) []byte {
	t.Helper()
	m := r.crews[0].members[0]
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
		holds(t, fmt.Sprintf("MiB/s of %v, of which %g are to be", Size(c.set), c.rate/(1<<20)), c.rate/(1<<20), 0.1*c.rate/(1<<20), func() (kernel, told float64) {
			r := started(t, Load{VM: VMLoad{Workers: 1, Bytes: uint64(c.bytes), WorkingSet: uint64(c.set), DirtyRate: c.rate}, Timeout: 3 * time.Second})
			kernel = dirtied(t, mapped(t, r))
			return kernel / (1 << 20), ended(t, r).Of(VM).Achieved / (1 << 20)
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
