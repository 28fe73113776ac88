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

// waited is how long the threads of this process were ready to run while others had
// the processors (Documentation/scheduler/sched-stats.rst).
func waited(t *testing.T) time.Duration {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/schedstat")
	if err != nil {
		t.Fatal(err)
	}
	var sum time.Duration
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil { // the thread ended meanwhile
			continue
		}
		var ran, waiting int64
		if _, err := fmt.Sscan(string(text), &ran, &waiting); err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(waiting)
	}
	return sum
}

// The share of a core is what the kernel says the whole process has used. Where
// others had the processor it may be short of the target, by as much as the kernel
// says that it had to wait for it.
func TestCPUShareIsHeld(t *testing.T) {
	const points = 0.05
	for _, share := range []float64{0.1, 0.3, 0.7, 0.9, 1} {
		r := started(t, Load{CPU: CPULoad{Workers: 1, Share: share}, Timeout: 1700 * time.Millisecond})
		time.Sleep(200 * time.Millisecond)
		from, before, busy := time.Now(), processTime(t), waited(t)
		time.Sleep(1500 * time.Millisecond)
		passed := time.Since(from).Seconds()
		held, denied := (processTime(t)-before).Seconds()/passed, (waited(t)-busy).Seconds()/passed
		status, err := r.Wait()
		if err != nil {
			t.Fatal(err)
		}
		told := status.Of(CPU).Achieved
		t.Logf("share %.2f: the kernel accounts %.3f, and %.3f of waiting; the worker tells %.3f", share, held, denied, told)
		if held > share+points || told > share+points || min(held, told) < share-points-denied {
			t.Errorf("share %g: the kernel accounts %.3f, and %.3f of waiting; the worker tells %.3f", share, held, denied, told)
		}
	}
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
		r := started(t, Load{VM: VMLoad{Workers: 1, Bytes: uint64(c.bytes), WorkingSet: uint64(c.set), DirtyRate: c.rate}, Timeout: 3 * time.Second})
		memory := mapped(t, r)
		got := dirtied(t, memory)
		status, err := r.Wait()
		if err != nil {
			t.Fatal(err)
		}
		told := status.Of(VM)
		t.Logf("rate %v of %v: the kernel saw %v, the worker tells %v", Size(c.rate), Size(c.set), Size(got), Size(told.Achieved))
		if !near(got, c.rate, 0.1*c.rate) || !near(told.Achieved, c.rate, 0.1*c.rate) {
			t.Errorf("rate %v: the kernel saw %v, the worker tells %v", Size(c.rate), Size(got), Size(told.Achieved))
		}
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
	status, err := r.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if told := status.Of(VM); told.Achieved != 8<<20 || !(told.Work > 100<<20) {
		t.Errorf("tells a dirty rate of %v and %v written in a second", Size(told.Achieved), Size(told.Work))
	}
}
