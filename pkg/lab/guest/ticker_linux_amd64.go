package guest

import (
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// tickPort is QEMU's debug console (isa-debugcon): what is written to it reaches the host at once, as bytes that it
	// can timestamp.
	tickPort = 0xe9
	// tickEvery is how fine the host sees a pause.
	tickEvery = time.Millisecond
	// tickPriority is the ticker's among the threads with real-time scheduling, 1..99. It is the only one of them.
	tickPriority = 50
)

// tickThread shares all with the threads of this process, as one of them.
const tickThread = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD |
	unix.CLONE_SYSVSEM

// startTicker starts a thread that never returns: each time it can read a count from the timer, it adds one to ticks
// and writes its lowest byte to the I/O port. It answers the thread, or the negated error number of clone(2).
//
// The thread is none of Go's. A real-time thread that enters and leaves system calls by way of Go's runtime may come to
// spin for a lock that a thread without priority holds; on one vCPU it spins until the kernel's bound on real-time
// threads, a second.
func startTicker(flags, stack uintptr, timer int, port uint16, ticks *uint64) (thread int)

// tickForever writes a byte to the port every millisecond, one higher each time, and counts them. Ticks that could not
// be written in time are left out. An error is the guest's to report and to live with: its pause is not seen from
// outside then.
func tickForever(ticks *uint64) error {
	// The new thread has this thread's right to the port, and its signals blocked.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, errno := unix.Syscall(unix.SYS_IOPERM, tickPort, 1, 1); errno != 0 {
		return fmt.Errorf("start ticker: ioperm 0x%x: %w", tickPort, errno)
	}
	timer, err := newTickTimer()
	if err != nil {
		return fmt.Errorf("start ticker: %w", err)
	}
	stack, err := unix.Mmap(-1, 0, pageBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return fmt.Errorf("start ticker: %w", err)
	}
	var all, before unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^uint64(0)
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, &before); err != nil {
		return fmt.Errorf("start ticker: %w", err)
	}
	thread := startTicker(tickThread, uintptr(unsafe.Pointer(&stack[0]))+pageBytes, timer, tickPort, ticks)
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil); err != nil {
		return fmt.Errorf("start ticker: %w", err)
	}
	if thread < 0 {
		return fmt.Errorf("start ticker: clone: %w", unix.Errno(-thread))
	}
	return preferThread(thread, tickPriority)
}

// newTickTimer returns a timer that can be read once a tick.
func newTickTimer() (int, error) {
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	if err != nil {
		return 0, fmt.Errorf("make timer: %w", err)
	}
	every := unix.NsecToTimespec(int64(tickEvery))
	if err := unix.TimerfdSettime(timer, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil); err != nil {
		return 0, fmt.Errorf("set timer: %w", err)
	}
	return timer, nil
}

// preferThread lets a thread run before all that have no real-time scheduling.
func preferThread(thread int, priority int32) error {
	_, _, errno := unix.Syscall(unix.SYS_SCHED_SETSCHEDULER,
		uintptr(thread), unix.SCHED_FIFO, uintptr(unsafe.Pointer(&priority)))
	if errno != 0 {
		return fmt.Errorf("prefer ticker: sched_setscheduler: %w", errno)
	}
	return nil
}
