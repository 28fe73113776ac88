//go:build integration

package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMigrationsAreReal makes the first of the real migrations that the guides make.
func TestMigrationsAreReal(t *testing.T) {
	var args []string
	for _, line := range commands(t) {
		if strings.HasPrefix(line, "simulate --backend qemu ") {
			args = strings.Fields(line)
			break
		}
	}
	if args == nil {
		t.Fatal("the guides make no real migration")
	}
	if kernel := os.Getenv("VMMP_TEST_KERNEL"); kernel != "" {
		args = append(args, "--kernel", kernel)
	}
	folder := t.TempDir()
	build(t, folder) // a static one, that guests can run too
	c := vmmp(t, args...)
	c.Path = filepath.Join(folder, "vmmp")
	out := prints(t, c)
	n := strings.Count(out, " Mbps")
	if n != 3 || !strings.Contains(out, "predicted") || !strings.Contains(out, "actual") {
		t.Errorf("%d migrations:\n%s", n, out)
	}
}
