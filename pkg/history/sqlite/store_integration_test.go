//go:build integration

package sqlite

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"vmmp/pkg/history/historytest"
)

func TestKilledOften(t *testing.T) {
	historytest.RunKilled(t, openAt, newPath(t), 40, func(w *historytest.Writer) { w.Kill(t) })
}

func TestBackup(t *testing.T) {
	for name, command := range map[string]string{"backup": ".backup '%s'", "vacuum into": "VACUUM INTO '%s'"} {
		t.Run(name, func(t *testing.T) {
			location, copied := newPath(t), filepath.Join(t.TempDir(), "copy.db")
			historytest.RunBackup(t, openAt, location, func() string {
				if told, err := exec.Command("sqlite3", location, ".timeout 5000", fmt.Sprintf(command, copied)).CombinedOutput(); err != nil || len(told) > 0 {
					t.Fatalf("%s (%v)", told, err)
				}
				return copied
			})
			if _, err := os.Stat(copied); err != nil {
				t.Error(err)
			}
		})
	}
}
