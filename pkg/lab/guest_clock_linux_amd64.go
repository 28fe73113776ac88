package lab

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// guestClock reads the clock that sleepUntil sleeps by. It goes over Go's monotonic
// time, which is the same clock read without a system call.
type guestClock struct {
	base time.Time
	at   time.Duration // CLOCK_MONOTONIC at base
}

func newGuestClock() guestClock {
	var now unix.Timespec
	// The monotonic clock is always there; an error would leave it at zero, and the
	// writers without sleep.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return guestClock{base: time.Now(), at: time.Duration(now.Nano())}
}

// now is the time since boot, in the guest's own reckoning.
func (c guestClock) now() time.Duration { return c.at + time.Since(c.base) }

// sleepUntil holds the thread until a moment of the clock. Go's timers would wake it
// by way of other threads, later and less evenly.
func sleepUntil(moment time.Duration) {
	until := unix.NsecToTimespec(int64(moment))
	for errors.Is(unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &until, nil), unix.EINTR) {
	}
}
