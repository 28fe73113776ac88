package stress

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lowerPriority sets the nice value of every thread of this process: Linux keeps one for each. A thread inherits that
// of the one that starts it, so that threads are looked through until none is new.
func lowerPriority(nice int) error {
	lowered := map[string]bool{}
	for before := -1; len(lowered) > before; {
		before = len(lowered)
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("list threads: %w", err)
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err == nil {
				err = unix.Setpriority(unix.PRIO_PROCESS, id, nice)
			}
			if err != nil && !errors.Is(err, unix.ESRCH) { // it ended meanwhile
				return fmt.Errorf("lower priority of thread %s: %w", t.Name(), err)
			}
			lowered[t.Name()] = true
		}
	}
	return nil
}
