package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
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
		absent, tail, err := countAbsent(iotest.OneByteReader(bytes.NewReader(pagemap(test.flags...))))
		if absent != test.absent || tail != test.tail || err != nil {
			t.Errorf("%s: %d, %d of them at the end, %v; want %d and %d", name, absent, tail, err, test.absent, test.tail)
		}
	}
	broken := errors.New("broken")
	if _, _, err := countAbsent(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
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
