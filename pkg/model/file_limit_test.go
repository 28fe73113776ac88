//go:build unix

package model

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const limitedPath = "VMMP_TEST_LIMITED_PATH"

// A disk that fills up leaves the old file as it was, and nothing beside it. The
// limit is one on the size of files, which holds for a whole process: so the test
// saves in another.
func TestSaveOnAFullDisk(t *testing.T) {
	if path := os.Getenv(limitedPath); path != "" {
		saveLimited(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "model.vmmp")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "-test.run=^TestSaveOnAFullDisk$", "-test.v")
	command.Env = append(os.Environ(), limitedPath+"="+path)
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestSaveOnAFullDisk") {
		t.Errorf("%v\n%s", err, output)
	}
	if left, err := os.ReadFile(path); err != nil || string(left) != "old" {
		t.Errorf("the old file holds %q: %v", left, err)
	}
	onlyFile(t, path)
}

// saveLimited saves where files may have 4 KiB.
func saveLimited(t *testing.T, path string) {
	m := tiny()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := before
	limit.Cur = 4096
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil { // a coverage file is yet to be written
			t.Error(err)
		}
	}()
	if size, err := m.Save(path); !errors.Is(err, syscall.EFBIG) || size != 0 {
		t.Errorf("%d bytes, error %v", size, err)
	}
}
