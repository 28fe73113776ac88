package qemu

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/qmptest"
	"vmmp/pkg/source"
)

// The process at the other end of the socket is this one: it is given a mapping as a guest's RAM, and a thread as its
// vCPU, which is busy for half of the time.
func TestWhatThisMachineTells(t *testing.T) {
	const ramMiB, touchedMiB = 37, 5
	ram, err := syscall.Mmap(-1, 0, ramMiB<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(ram) }()
	for at := 0; at < touchedMiB<<20; at += 4 << 10 {
		ram[at] = 1
	}
	thread, end := make(chan int), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		thread <- syscall.Gettid()
		for {
			select {
			case <-end:
				return
			default:
				time.Sleep(2 * time.Millisecond)
				for begun := time.Now(); time.Since(begun) < 2*time.Millisecond; { // it is to be busy
				}
			}
		}
	}()
	defer close(end)
	q := qmptest.Start(t)
	q.Answer("query-memory-size-summary", qmptest.Return(fmt.Sprintf(`{"base-memory": %d}`, ramMiB<<20)))
	q.Answer("query-cpus-fast", qmptest.Return(fmt.Sprintf(`[{"cpu-index": 0, "thread-id": %d}]`, <-thread)))
	o := observed(t, q, source.Ask{})
	if name, err := os.Hostname(); err != nil || o.VM.Host != name {
		t.Errorf("on %q, want %q: %v", o.VM.Host, name, err)
	}
	if cpu := o.Features.Get(migration.CPULoad); !(cpu > 0.01 && cpu < 99) {
		t.Errorf("a thread that is busy now and then is %v %% of a processor; notes %q", cpu, o.Notes)
	}
	tells(t, o, map[migration.Feature]float64{
		migration.MemoryMiB: ramMiB, migration.ResidentMiB: touchedMiB, migration.MemoryUsage: 100. * touchedMiB / ramMiB,
		migration.ZeroTailMiB: ramMiB - touchedMiB, migration.VCPUs: 1})
}

func TestFileOnHugePages(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "ram")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if on, err := onHugePages(plain); err != nil || on {
		t.Errorf("a plain file: %t, %v", on, err)
	}
	if _, err := onHugePages(plain + "-gone"); err == nil {
		t.Error("a file that is not there")
	}
}

// A socket of another user's. Root may open any, so that the test is nobody for as long as it tries.
func TestSocketOfAnotherUser(t *testing.T) {
	q := qmptest.Start(t)
	if err := os.Chmod(q.Path, 0); err != nil {
		t.Fatal(err)
	}
	denied := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends as nobody
		if os.Geteuid() == 0 {
			_ = syscall.Setfsuid(65534)
		}
		_, err := Open(soon(t), q.Path)
		denied <- err
	}()
	fault(t, <-denied, source.ErrDenied, q.Path, "become root or the user that its QEMU runs as")
}
