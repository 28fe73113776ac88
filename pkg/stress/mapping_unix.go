//go:build linux || darwin

package stress

import "golang.org/x/sys/unix"

// mapMemory allocates memory that the Go runtime knows nothing of, so that it is given
// back at once, and the collector never looks at it.
func mapMemory(bytes uint64) ([]byte, error) {
	return unix.Mmap(-1, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
}

func unmapMemory(memory []byte) error { return unix.Munmap(memory) }
