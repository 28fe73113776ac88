//go:build integration

package baremetal

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGuestIsWhatItsSourceSays assembles guest.S as go generate does and compares, byte for byte.
func TestGuestIsWhatItsSourceSays(t *testing.T) {
	object, binary := filepath.Join(t.TempDir(), "guest.o"), filepath.Join(t.TempDir(), "guest.bin")
	for _, c := range [][]string{
		{"as", "--32", "-o", object, "guest.S"},
		{"ld", "-m", "elf_i386", "-Ttext", "0x8000", "--oformat", "binary", "-o", binary, object},
	} {
		if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s; install binutils", c, err, out)
		}
	}
	made, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, code) {
		t.Errorf("guest.bin is not what guest.S makes: %d bytes and %d; run go generate", len(code), len(made))
	}
}
