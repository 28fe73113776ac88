package stress

import (
	"context"
	"os"
	"time"
)

// syncBytes is the file of a sync worker, syncWrite what it writes before each sync.
const (
	syncBytes = 1 << 20
	syncWrite = 4 << 10
)

// ioWorker writes a little and syncs it to the disk, over and over. Its effort is the time that it was at it.
type ioWorker struct {
	folder string
	file   *os.File
	syncs  float64
	block  [syncWrite]byte
}

func (w *ioWorker) open(context.Context) (err error) {
	w.file, err = openTemporary(w.folder)
	return err
}

func (w *ioWorker) step(_ time.Duration, owed float64) (float64, error) {
	if owed == 0 {
		return 0, nil
	}
	watch := startStopwatch()
	w.block[0]++
	at := int64(w.syncs) * syncWrite % syncBytes
	if _, err := w.file.WriteAt(w.block[:], at); err != nil {
		return 0, err
	}
	if err := w.file.Sync(); err != nil {
		return 0, err
	}
	w.syncs++
	return watch.seconds(), nil
}

func (w *ioWorker) work() float64 { return w.syncs }

func (w *ioWorker) close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
