package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// GuestRAM is what this machine holds of the memory of a hypervisor's process.
type GuestRAM struct {
	ResidentMiB   float64 // of the guest's RAM
	ProcessRSSMiB float64 // of all of the process
	ZeroMiB       float64 // of the guest's RAM what is not held, and so is zeros
	ZeroTailMiB   float64 // of that what lies at the very end of RAM
}

// ReadGuestRAM returns what this machine holds of the QEMU of a guest with so much RAM, by its mappings and their page
// map. Errors are those of reading /proc/PID, which takes root or the process's own user, and of a process that has no
// such guest.
func ReadGuestRAM(pid, memoryMiB int) (m GuestRAM, err error) {
	smaps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return m, err
	}
	ram, err := parseMappings(smaps, memoryMiB)
	if err != nil {
		return m, err
	}
	m.ResidentMiB, m.ProcessRSSMiB = float64(ram.residentKiB)/1024, float64(ram.processKiB)/1024
	pagemap, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return m, err
	}
	at := int64(ram.start / hostPage * entryBytes)
	zero, tail, err := countAbsent(io.NewSectionReader(pagemap, at, int64(memoryMiB)<<20/hostPage*entryBytes))
	const perMiB = 1 << 20 / hostPage
	m.ZeroMiB, m.ZeroTailMiB = float64(zero)/perMiB, float64(tail)/perMiB
	return m, errors.Join(err, pagemap.Close())
}

// ramMapping is the mapping of QEMU's that is the guest's RAM, and what the process holds with all the others.
type ramMapping struct {
	start                   uint64
	residentKiB, processKiB int64
}

// parseMappings finds it in /proc/PID/smaps (proc(5)): the first that is as large as the guest's RAM.
func parseMappings(smaps []byte, memoryMiB int) (ramMapping, error) {
	var ram ramMapping
	var start uint64
	found, this := false, false
	for line := range bytes.Lines(smaps) {
		name, value, _ := strings.Cut(string(line), ":")
		if first, _, ok := strings.Cut(name, "-"); ok {
			if n, err := strconv.ParseUint(first, 16, 64); err == nil {
				start = n
			}
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
		switch {
		case err != nil:
		case name == "Size":
			this = !found && kib == int64(memoryMiB)<<10
		case name == "Rss":
			ram.processKiB += kib
			if this {
				found, ram.start, ram.residentKiB = true, start, kib
			}
		}
	}
	if !found {
		return ram, fmt.Errorf("read /proc/PID/smaps: no mapping of %d MiB, the guest's RAM", memoryMiB)
	}
	return ram, nil
}

const (
	hostPage   = 4 << 10 // bytes, on the one architecture that guests of the lab run on
	entryBytes = 8       // of a pagemap, for each page
	// Swapped out, or mapped by nobody else. That a page is present says less: one that was only read is the kernel's
	// own page of zeros.
	heldBits = 1<<62 | 1<<56
)

// countAbsent counts in a piece of /proc/PID/pagemap (proc(5)) the pages that are not held, and those of them behind
// the last one that is.
func countAbsent(pagemap io.Reader) (absent, tail int, err error) {
	chunk := make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(pagemap, chunk)
		for entries := chunk[:n/entryBytes*entryBytes]; len(entries) > 0; entries = entries[entryBytes:] {
			if binary.NativeEndian.Uint64(entries)&heldBits != 0 {
				tail = 0
				continue
			}
			absent++
			tail++
		}
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return absent, tail, nil
		case err != nil:
			return absent, tail, fmt.Errorf("read /proc/PID/pagemap: %w", err)
		}
	}
}
