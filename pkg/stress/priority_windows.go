package stress

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// lowerPriority sets the priority class of this process: below normal, or idle where
// a nice value of 10 or more is asked for.
func lowerPriority(nice int) error {
	class := uint32(windows.BELOW_NORMAL_PRIORITY_CLASS)
	if nice >= 10 {
		class = windows.IDLE_PRIORITY_CLASS
	}
	if err := windows.SetPriorityClass(windows.CurrentProcess(), class); err != nil {
		return fmt.Errorf("lower priority: %w", err)
	}
	return nil
}
