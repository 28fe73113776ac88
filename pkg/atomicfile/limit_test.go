//go:build unix

package atomicfile

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
// writes in another.
func TestWriteOnAFullDisk(t *testing.T) {
	if path := os.Getenv(limitedPath); path != "" {
		writeLimited(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "-test.run=^TestWriteOnAFullDisk$", "-test.v")
	command.Env = append(os.Environ(), limitedPath+"="+path)
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestWriteOnAFullDisk") {
		t.Errorf("%v\n%s", err, output)
	}
	if left, err := os.ReadFile(path); err != nil || string(left) != "old" {
		t.Errorf("the old file holds %q: %v", left, err)
	}
	onlyFile(t, path)
}

// writeLimited writes where files may have 4 KiB.
func writeLimited(t *testing.T, path string) {
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
	if err := Write(path, make([]byte, 8192)); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("error %v", err)
	}
}
