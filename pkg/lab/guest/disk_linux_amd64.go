package guest

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// diskChunk is how much one request reads or writes, in bytes.
const diskChunk = 64 << 10

// diskLoad reads and writes a disk past the page cache, in turns and in order, from its start to its end and again. It
// uses one buffer, so that it dirties next to no memory.
type diskLoad struct {
	fd     int
	size   int64 // bytes
	buffer []byte
	every  time.Duration // from one request to the next
	bytes  *atomic.Uint64
}

// openDisk opens a disk to be used at a rate above zero.
func openDisk(path string, mbs float64, bytes *atomic.Uint64) (*diskLoad, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_DIRECT|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open disk %s: %w; give the guest a virtio disk and its modules", path, err)
	}
	d, err := newDiskLoad(fd, mbs, bytes)
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("open disk %s: %w", path, err)
	}
	return d, nil
}

// newDiskLoad uses an open disk, which is closed with it.
func newDiskLoad(fd int, mbs float64, bytes *atomic.Uint64) (*diskLoad, error) {
	d := &diskLoad{fd: fd, bytes: bytes, every: time.Duration(diskChunk / (mbs * 1e6) * float64(time.Second))}
	var err error
	if d.size, err = unix.Seek(fd, 0, io.SeekEnd); err != nil {
		return nil, err
	}
	if d.size < diskChunk {
		return nil, fmt.Errorf("it holds %d bytes, less than one request", d.size)
	}
	// Direct I/O wants the buffer at a page's start.
	d.buffer, err = unix.Mmap(-1, 0, diskChunk, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	return d, err
}

// run reads and writes until it is stopped or the disk fails.
func (d *diskLoad) run(stop *atomic.Bool) error {
	defer d.close()
	clock := newMonotonicClock()
	at, reading := int64(0), true
	for next := clock.now(); !stop.Load(); {
		call := unix.Pwrite
		if reading {
			call = unix.Pread
		}
		n, err := call(d.fd, d.buffer, at)
		if err != nil && err != unix.EINTR { //nolint:errorlint // a system call's error is never wrapped
			return fmt.Errorf("use disk: %w", err)
		}
		d.bytes.Add(uint64(max(0, n)))
		if reading = !reading; reading {
			at = nextChunk(at, d.size)
		}
		next = max(next+d.every, clock.now())
		for now := clock.now(); now < next && !stop.Load(); now = clock.now() {
			sleepUntil(min(next, now+writerPeriod)) // so that a stop does not wait for a slow disk
		}
	}
	return nil
}

// nextChunk returns where the request behind one at a place of the disk goes.
func nextChunk(at, size int64) int64 {
	if at += diskChunk; at+diskChunk > size {
		return 0
	}
	return at
}

func (d *diskLoad) close() {
	_ = unix.Munmap(d.buffer)
	_ = unix.Close(d.fd)
}
