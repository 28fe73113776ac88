package stress

import (
	"cmp"
	"os"

	"golang.org/x/sys/unix"
)

// openTemporary opens a file that never has a name, where the file system knows such files.
func openTemporary(folder string) (*os.File, error) {
	file, err := os.OpenFile(cmp.Or(folder, os.TempDir()), os.O_RDWR|unix.O_TMPFILE, 0o600)
	if err != nil {
		return openUnlinked(folder)
	}
	return file, nil
}
