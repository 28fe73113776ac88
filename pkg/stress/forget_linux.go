package stress

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget drops a file that was synced from the page cache.
func forget(file *os.File) error {
	return unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
}
