package host

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestReadRoomOfThisMachine(t *testing.T) {
	r, err := ReadRoom(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if r.Processors != runtime.NumCPU() || r.MemoryBytes == 0 || r.DiskBytes == 0 {
		t.Errorf("%+v", r)
	}
	if r, err := ReadRoom(t.Context(), ""); err != nil || r.MemoryBytes == 0 || r.DiskBytes != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := ReadRoom(t.Context(), filepath.Join(t.TempDir(), "gone")); err == nil {
		t.Error("no error for a folder that does not exist")
	}
}
