package host

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/mem"
)

// A Room is what this machine has left for a new program.
type Room struct {
	// Processors is the number of processors that this process may run on.
	Processors int
	// MemoryBytes is the RAM that can be taken without swapping: what is available,
	// or less where a control group of this process leaves less.
	MemoryBytes uint64
	// MemoryGroup is the control group that leaves less, empty where none does.
	MemoryGroup string
	// DiskBytes is what this user may still write in the folder.
	DiskBytes uint64
	// DiskInMemory reports whether the folder's files take RAM, as on tmpfs.
	DiskInMemory bool
}

// ReadRoom returns the room that is left, on disk for files in folder. DiskBytes is 0
// if folder is empty. The error means that memory or the folder could not be read.
func ReadRoom(ctx context.Context, folder string) (Room, error) {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return Room{}, fmt.Errorf("read memory: %w", err)
	}
	r := Room{Processors: runtime.NumCPU(), MemoryBytes: m.Available}
	if folder != "" {
		d, err := disk.UsageWithContext(ctx, folder)
		if err != nil {
			return Room{}, fmt.Errorf("read free space of %s: %w", folder, err)
		}
		r.DiskBytes, r.DiskInMemory = d.Free, d.Fstype == "tmpfs" || d.Fstype == "ramfs"
	}
	for _, g := range memoryGroups(os.DirFS("/")) {
		if left := g.left(); left < r.MemoryBytes {
			r.MemoryBytes, r.MemoryGroup = left, g.name()
		}
	}
	return r, nil
}
