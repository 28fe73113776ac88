package guest

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// monotonicClock reads the clock that sleepUntil sleeps by. It goes over Go's monotonic time, which is the same clock
// read without a system call.
type monotonicClock struct {
	base time.Time
	at   time.Duration // CLOCK_MONOTONIC at base
}

func newMonotonicClock() monotonicClock {
	var now unix.Timespec
	// The monotonic clock is always there; an error would leave it at zero, and the writers without sleep.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return monotonicClock{base: time.Now(), at: time.Duration(now.Nano())}
}

// now returns the time since boot, in the guest's own reckoning.
func (c monotonicClock) now() time.Duration { return c.at + time.Since(c.base) }

// sleepUntil holds the thread until a moment of the clock, at most a period of a writer away: it keeps its place in
// Go's scheduler, so that neither Go's timers nor the handing over of that place, which costs an emulated guest a tenth
// of its CPU, come between. A garbage collection waits for it.
func sleepUntil(moment time.Duration) {
	until := unix.NsecToTimespec(int64(moment))
	for errno := unix.EINTR; errno == unix.EINTR; {
		_, _, errno = unix.RawSyscall6(unix.SYS_CLOCK_NANOSLEEP,
			unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, uintptr(unsafe.Pointer(&until)), 0, 0, 0)
	}
}
