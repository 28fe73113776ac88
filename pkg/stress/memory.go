package stress

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// pageBytes is what the dirty rate counts in, as hypervisors do.
const pageBytes = 4096

// Bounds of one step, so that a worker soon sees that it is to end.
const (
	dirtyStep  = 16 << 20 // bytes of which one word in each page is written
	streamStep = 1 << 20  // bytes written in full
)

// vmWorker holds memory and writes to its working set, page after page. With a dirty rate it writes one word of each
// page, and its effort is in bytes of pages; without one it writes all of them, and its effort is the time that takes.
type vmWorker struct {
	load VMLoad
	ramp time.Duration

	memory []byte
	filled uint64 // the part that was touched
	at     uint64 // where the walk over the working set is
	count  uint64 // what each page is written with: always something new
	dirty  float64
}

// open maps the memory, and without a ramp takes all of it.
func (v *vmWorker) open(ctx context.Context) (err error) {
	v.load.Bytes, v.load.WorkingSet = wholePages(v.load.Bytes), wholePages(v.load.Written())
	if v.memory, err = mapMemory(v.load.Bytes); err != nil {
		return fmt.Errorf("take %s of memory: %w", Size(v.load.Bytes), err)
	}
	for v.ramp == 0 && v.filled < v.load.Bytes && ctx.Err() == nil {
		v.fill(v.load.Bytes)
	}
	return nil
}

func wholePages(bytes uint64) uint64 { return bytes / pageBytes * pageBytes }

func (v *vmWorker) step(elapsed time.Duration, owed float64) (float64, error) {
	if v.filled < v.load.Bytes {
		share := min(1, elapsed.Seconds()/v.ramp.Seconds())
		v.fill(uint64(share * float64(v.load.Bytes)))
	}
	switch {
	case owed == 0:
		return 0, nil
	case v.load.DirtyRate == Unpaced:
		watch := startStopwatch()
		v.stream(streamStep)
		return watch.seconds(), nil
	}
	bytes := wholePages(uint64(min(owed, dirtyStep)))
	v.touch(bytes)
	return float64(bytes), nil
}

// fill touches memory up to an end, or a bounded part of it.
func (v *vmWorker) fill(end uint64) {
	end = min(end, v.filled+dirtyStep, v.load.Bytes)
	for ; v.filled < end; v.filled += pageBytes {
		v.memory[v.filled+pageBytes/2]++ // a word that no walk writes in one piece with others
	}
}

// touch writes one word of each page of so many bytes.
func (v *vmWorker) touch(bytes uint64) {
	for n := uint64(0); n < bytes; n += pageBytes {
		v.count++
		binary.LittleEndian.PutUint64(v.memory[v.at:], v.count)
		v.advance(pageBytes)
	}
}

// stream writes every word of so many bytes.
func (v *vmWorker) stream(bytes uint64) {
	for n := uint64(0); n < bytes; n += pageBytes {
		v.count++
		page := v.memory[v.at : v.at+pageBytes]
		for i := 0; i < len(page); i += 8 {
			binary.LittleEndian.PutUint64(page[i:], v.count)
		}
		v.advance(pageBytes)
	}
}

// advance walks over a page that was written.
func (v *vmWorker) advance(bytes uint64) {
	v.dirty += float64(bytes)
	if v.at += bytes; v.at >= v.load.WorkingSet {
		v.at = 0
	}
}

func (v *vmWorker) work() float64 { return v.dirty }

// close releases the memory.
func (v *vmWorker) close() error {
	if v.memory == nil {
		return nil
	}
	err := unmapMemory(v.memory)
	v.memory = nil
	return err
}

// distinct returns the memory dirtied within a second by a walk that writes so many bytes
// a second: what it comes by twice counts once.
func (v VMLoad) distinct(written float64) float64 {
	if math.IsNaN(written) {
		return written
	}
	return min(written, float64(v.Written()))
}
