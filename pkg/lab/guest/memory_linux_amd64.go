package guest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	pageBytes = 4 << 10
	mib       = 1 << 20
)

// memory is the memory that a guest holds: the start of one mapping as large as the machine. What lies behind it is
// given back to the kernel, which fills it with zeros (init_on_free=1), so that what a migration has to send depends on
// what is held now and not on what was held before. Huge pages are refused, so that the kernel holds each page by
// itself and a page never written is not held at all.
type memory struct {
	region  []byte
	held    int // bytes
	content Content
}

// newMemory reserves addresses for size bytes, and holds nothing yet.
func newMemory(size int) (*memory, error) {
	const flags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_NORESERVE
	region, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, flags)
	if err != nil {
		return nil, fmt.Errorf("reserve %d MiB of memory: %w", size/mib, err)
	}
	if err := unix.Madvise(region, unix.MADV_NOHUGEPAGE); err != nil {
		return nil, fmt.Errorf("refuse huge pages: %w", err)
	}
	return &memory{region: region}, nil
}

// hold makes the memory held just as large as asked and filled as asked. Random pages that are there already stay, as
// writers leave them random; pages of zeros are taken afresh.
func (m *memory) hold(residentMiB int, content Content) error {
	size := residentMiB * mib
	if content == ZeroContent || content != m.content {
		if err := m.release(0); err != nil {
			return err
		}
	}
	if size <= m.held {
		return m.release(size)
	}
	if err := m.roomFor(size); err != nil {
		return err
	}
	fresh := m.region[m.held:size]
	if content == RandomContent {
		fillRandom(fresh)
	} else {
		touch(fresh)
	}
	m.held, m.content = size, content
	return nil
}

// release gives back all but the first bytes.
func (m *memory) release(size int) error {
	if size == m.held {
		return nil
	}
	if err := unix.Madvise(m.region[size:m.held], unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("release memory: %w", err)
	}
	m.held = size
	return nil
}

// roomFor refuses a size that would have the kernel kill the program for memory.
func (m *memory) roomFor(size int) error {
	_, available, err := readMemory()
	if err != nil {
		return err
	}
	most := max(0, m.held/mib+int(available)-SpareMiB)
	if size > most*mib || size > len(m.region) {
		return fmt.Errorf("resident is %d MiB and the guest has room for %d; give the machine more memory",
			size/mib, most)
	}
	return nil
}

// workingSet returns the part of the memory held that writers write to.
func (m *memory) workingSet(workingSetMiB int) []byte {
	return m.region[:min(workingSetMiB*mib, m.held)]
}

// sum returns a 64-bit FNV-1a hash of the memory held, over words of eight bytes in place of bytes:
// http://www.isthe.com/chongo/tech/comp/fnv/. Any one bit changes it.
func (m *memory) sum() uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	hash := uint64(offset)
	for held := m.region[:m.held]; len(held) >= 8; held = held[8:] {
		hash = (hash ^ binary.LittleEndian.Uint64(held)) * prime
	}
	return hash
}

// fillRandom fills memory, whose length is a multiple of eight, with random words.
func fillRandom(b []byte) {
	random := newXorshift(rand.Uint64())
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, random.next())
	}
}

// touch makes the kernel hold each page of memory it has given out as zeros.
func touch(b []byte) {
	for ; len(b) >= pageBytes; b = b[pageBytes:] {
		b[0] = 0
	}
}

// readMemory returns MemTotal and MemAvailable of this system in MiB.
func readMemory() (total, available float64, err error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, 0, fmt.Errorf("read memory: %w", err)
	}
	return parseMemory(string(text))
}

// parseMemory reads the kernel's table of "Name:   1234 kB" (proc(5)).
func parseMemory(table string) (total, available float64, err error) {
	for key, dst := range map[string]*float64{"MemTotal:": &total, "MemAvailable:": &available} {
		_, rest, _ := strings.Cut("\n"+table, "\n"+key)
		line, _, _ := strings.Cut(rest, "\n")
		kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(line, "kB")), 10, 54)
		if err != nil {
			return 0, 0, fmt.Errorf("read /proc/meminfo: %s %w", key, err)
		}
		*dst = float64(kib) / 1024
	}
	return total, available, nil
}
