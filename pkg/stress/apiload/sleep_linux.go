package apiload

import (
	"syscall"
	"time"
)

// sleep sleeps in the kernel. Signals of the runtime may wake it early.
func sleep(d time.Duration) {
	rest := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&rest, nil) // EINTR: whoever waits looks at the clock
}
