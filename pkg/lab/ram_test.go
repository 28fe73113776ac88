package lab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

const smaps = `55d0-55d1 r--p 00000000 fe:00 1 /usr/bin/qemu
Size:               1024 kB
Rss:                 900 kB
7f00-7f40 rw-p 00000000 00:00 0
Size:             262144 kB
KernelPageSize:        4 kB
Rss:              131072 kB
VmFlags: rd wr mr mw me ac hg
8f00-8f40 rw-p 00000000 00:00 0
Size:             262144 kB
Rss:                   4 kB
`

func TestParseMappings(t *testing.T) {
	want := ramMapping{start: 0x7f00, residentKiB: 131072, processKiB: 900 + 131072 + 4}
	if got, err := parseMappings([]byte(smaps), 256); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if got, err := parseMappings([]byte(smaps), 512); err == nil || !strings.Contains(err.Error(), "no mapping of 512 MiB") {
		t.Errorf("found %+v of a guest that is not there: %v", got, err)
	}
}

// pagemap returns entries of so many pages each, by their flags.
func pagemap(flags ...uint64) []byte {
	var b []byte
	for i, flag := range flags {
		for range i + 1 {
			b = binary.NativeEndian.AppendUint64(b, flag)
		}
	}
	return b
}

func TestCountAbsent(t *testing.T) {
	const present, exclusive, file, swapped = 1 << 63, 1 << 56, 1 << 61, 1 << 62
	for name, test := range map[string]struct {
		flags        []uint64
		absent, tail int
	}{
		"nothing":               {nil, 0, 0},
		"all held":              {[]uint64{present | exclusive, swapped}, 0, 0},
		"zeros last":            {[]uint64{present | exclusive, 0}, 2, 2},
		"zeros first":           {[]uint64{0, swapped}, 1, 0},
		"zeros inside and last": {[]uint64{0, present | exclusive, 0, swapped, 0}, 9, 5},
		"the kernel's zeros":    {[]uint64{swapped, present, present | file}, 5, 5},
	} {
		// Reading in small pieces must not matter.
		for _, text := range []*bytes.Reader{bytes.NewReader(pagemap(test.flags...))} {
			absent, tail, err := countAbsent(iotest.OneByteReader(text))
			if absent != test.absent || tail != test.tail || err != nil {
				t.Errorf("%s: %d, %d of them at the end, %v; want %d and %d", name, absent, tail, err, test.absent, test.tail)
			}
		}
	}
	broken := errors.New("broken")
	if _, _, err := countAbsent(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// A mapping of this process stands for a guest's RAM: its first part is written to, its last part is not, and a page of
// that is read.
func TestReadMemory(t *testing.T) {
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
	m, err := readMemory(os.Getpid(), memoryMiB)
	if err != nil {
		t.Fatal(err)
	}
	if m.ZeroMiB != memoryMiB-held || m.ZeroTailMiB != memoryMiB-held-1 || m.ProcessRSSMiB <= m.ResidentMiB || m.ResidentMiB < held {
		t.Errorf("%+v of %d MiB of which %d are held", m, memoryMiB, held)
	}
}

func FuzzParseMappings(f *testing.F) {
	f.Add([]byte(smaps))
	f.Add([]byte("-:\nSize: 262144 kB\nRss: 1 kB"))
	f.Fuzz(func(t *testing.T, text []byte) {
		ram, err := parseMappings(text, 256)
		if err == nil && !bytes.Contains(text, []byte("Size")) {
			t.Errorf("%+v of no mapping", ram)
		}
	})
}
