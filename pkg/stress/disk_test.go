package stress

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// wantEmpty fails unless a folder is empty.
func wantEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("%s holds %v, %v", folder, left, err)
	}
}

// A file is written, read back and begun anew, and its name is never seen.
func TestDiskWorkerGoesRound(t *testing.T) {
	folder := t.TempDir()
	w := &hddWorker{folder: folder, bytes: 3*blockBytes + 5}
	if err := w.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	written := bytes.Clone(w.block)
	for round, want := range []float64{1, 2, 3, 4, 5, 6, 6, 7, 8} { // blocks moved; one step begins anew
		if did, err := w.step(0, 1); err != nil || did <= 0 {
			t.Fatalf("step %d: did %g, %v", round, did, err)
		}
		if w.work() != want*blockBytes {
			t.Errorf("step %d: moved %v, want %g blocks", round, Size(w.work()), want)
		}
		if !bytes.Equal(w.block, written) {
			t.Fatalf("step %d: read back another block than was written", round)
		}
		wantEmpty(t, folder)
	}
	if did, err := w.step(0, 0); did != 0 || err != nil {
		t.Errorf("owed nothing: did %g, %v", did, err)
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
	wantEmpty(t, folder)
}

func TestSyncWorker(t *testing.T) {
	folder := t.TempDir()
	w := &ioWorker{folder: folder}
	if err := w.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	const rounds = syncBytes/syncWrite + 3 // once over the end of the file
	for range rounds {
		if did, err := w.step(0, 1); err != nil || did <= 0 {
			t.Fatalf("did %g, %v", did, err)
		}
	}
	if info, err := w.file.Stat(); err != nil || info.Size() != syncBytes || w.work() != rounds {
		t.Errorf("%v, %v, work %g", info, err, w.work())
	}
	wantEmpty(t, folder)
	if err := w.close(); err != nil {
		t.Error(err)
	}
}

func TestFilesNeedAFolder(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	for _, l := range []Load{{IO: IOLoad{1}}, {HDD: HDDLoad{1, blockBytes}}} {
		l.Folder = gone
		r, err := Start(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
			t.Fatal("goes on without a file")
		}
		if _, err := r.Wait(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	}
}
