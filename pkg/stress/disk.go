package stress

import (
	"context"
	"math/rand/v2"
	"os"
	"time"
)

// blockBytes is what a disk worker writes or reads at once. After syncBlocks of them
// the file is synced: an interrupt never waits for more than these to be written.
const (
	blockBytes = 1 << 20
	syncBlocks = 32
)

// hddWorker writes a file, reads it back, empties it and begins anew. Its effort is the time that it was at it.
type hddWorker struct {
	folder string
	bytes  uint64

	file  *os.File
	block []byte
	next  uint64 // block, of those to write and then of those to read
	moved float64
}

func (w *hddWorker) open(context.Context) (err error) {
	w.block = make([]byte, blockBytes)
	for i := range w.block { // what a disk cannot compress
		w.block[i] = byte(rand.Uint32())
	}
	w.file, err = openTemporary(w.folder)
	return err
}

// blocks returns the number of blocks of the file.
func (w *hddWorker) blocks() uint64 { return w.bytes / blockBytes }

func (w *hddWorker) step(_ time.Duration, owed float64) (float64, error) {
	if owed == 0 {
		return 0, nil
	}
	watch := startStopwatch()
	var err error
	switch n := w.blocks(); {
	case w.next < n:
		err = w.write()
	case w.next < 2*n:
		err = w.read()
	default:
		err = w.renew()
	}
	if err != nil {
		return 0, err
	}
	return watch.seconds(), nil
}

// write writes the next block. What was synced leaves the page cache, so that it is the disk that it is read back from.
func (w *hddWorker) write() error {
	if _, err := w.file.WriteAt(w.block, int64(w.next)*blockBytes); err != nil {
		return err
	}
	w.count()
	if w.next%syncBlocks != 0 && w.next != w.blocks() {
		return nil
	}
	if err := w.file.Sync(); err != nil {
		return err
	}
	return dropCached(w.file)
}

func (w *hddWorker) read() error {
	at := int64(w.next-w.blocks()) * blockBytes
	w.count()
	_, err := w.file.ReadAt(w.block, at)
	return err
}

func (w *hddWorker) count() {
	w.next++
	w.moved += blockBytes
}

// renew empties the file: its blocks are free again.
func (w *hddWorker) renew() error {
	w.next = 0
	return w.file.Truncate(0)
}

func (w *hddWorker) work() float64 { return w.moved }

func (w *hddWorker) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
