package lab

import (
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tickPort is QEMU's debug console (isa-debugcon): what is written to it reaches the
// host at once, as bytes that it can timestamp.
const tickPort = 0xe9

// tickEvery is how fine the host sees a pause.
const tickEvery = time.Millisecond

// tickPriority is the ticker's among the threads with real-time scheduling, 1..99.
// It is the only one of them.
const tickPriority = 50

// outb writes a byte to an I/O port. The thread needs ioperm for it.
func outb(port uint16, value byte)

// runTicker writes a byte to the port every millisecond, one higher each time, and
// counts them. Ticks whose time is over are left out: behind a pause of the guest the
// next one comes in its turn. Without the right to write to the port it says so and
// ends; the guest goes on, and its pause cannot be seen from outside.
func runTicker(ticks *atomic.Uint64, console io.Writer) {
	runtime.LockOSThread()
	if err := allowPort(tickPort); err != nil {
		fmt.Fprintln(console, "vmmp guest: no ticker:", err)
		return
	}
	if err := preferThread(tickPriority); err != nil {
		fmt.Fprintln(console, "vmmp guest: the ticker is not preferred:", err)
	}
	clock := newGuestClock()
	for next := clock.now(); ; {
		outb(tickPort, byte(ticks.Add(1)))
		next += (max(0, clock.now()-next)/tickEvery + 1) * tickEvery
		sleepUntil(next)
	}
}

// allowPort lets this thread write to an I/O port (ioperm(2)).
func allowPort(port uintptr) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOPERM, port, 1, 1); errno != 0 {
		return fmt.Errorf("ioperm 0x%x: %w", port, errno)
	}
	return nil
}

// preferThread lets this thread run before all that have no real-time scheduling.
func preferThread(priority int32) error {
	_, _, errno := unix.Syscall(unix.SYS_SCHED_SETSCHEDULER, 0, unix.SCHED_FIFO, uintptr(unsafe.Pointer(&priority)))
	if errno != 0 {
		return fmt.Errorf("sched_setscheduler: %w", errno)
	}
	return nil
}
