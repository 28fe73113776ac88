//go:build linux || darwin

package stress

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime returns the processor time that this thread has used.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic("stress: no clock of a thread's time: " + err.Error()) // every kernel that Go runs on has it
	}
	return time.Duration(t.Nano())
}
