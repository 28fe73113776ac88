package stress

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropCached drops a file that was synced from the page cache.
func dropCached(file *os.File) error {
	return unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
}
