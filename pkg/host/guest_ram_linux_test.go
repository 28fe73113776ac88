package host

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// A mapping of this process stands for a guest's RAM: its first part is written to, its last part is not, and a page of
// that is read.
func TestReadGuestRAM(t *testing.T) {
	const memoryMiB, held = 37, 5
	ram, err := unix.Mmap(-1, 0, memoryMiB<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(ram) })
	if err := unix.Madvise(ram, unix.MADV_NOHUGEPAGE); err != nil {
		t.Fatal(err)
	}
	for at := 1 << 20; at < (1+held)<<20; at += hostPage {
		ram[at] = 1
	}
	if ram[30<<20] != 0 {
		t.Fatal("fresh memory is not zero")
	}
	m, err := ReadGuestRAM(os.Getpid(), memoryMiB)
	if err != nil {
		t.Fatal(err)
	}
	if m.ZeroMiB != memoryMiB-held || m.ZeroTailMiB != memoryMiB-held-1 || m.ProcessRSSMiB <= m.ResidentMiB || m.ResidentMiB < held {
		t.Errorf("%+v of %d MiB of which %d are held", m, memoryMiB, held)
	}
}
