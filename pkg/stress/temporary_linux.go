package stress

import (
	"cmp"
	"os"

	"golang.org/x/sys/unix"
)

// temporary opens a file that never has a name, where the file system knows such
// files.
func temporary(folder string) (*os.File, error) {
	file, err := os.OpenFile(cmp.Or(folder, os.TempDir()), os.O_RDWR|unix.O_TMPFILE, 0o600)
	if err != nil {
		return unlinked(folder)
	}
	return file, nil
}
