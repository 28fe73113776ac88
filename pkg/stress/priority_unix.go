//go:build unix && !linux

package stress

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// lowerPriority sets the nice value of this process.
func lowerPriority(nice int) error {
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, nice); err != nil {
		return fmt.Errorf("lower priority: %w", err)
	}
	return nil
}
