package image

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile makes a file without a name that lives in memory.
func memoryFile(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
