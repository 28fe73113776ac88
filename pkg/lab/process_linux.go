package lab

import "syscall"

// childAttributes returns those of a QEMU: it dies when its driver does, and is in a group of its own, so that the
// terminal's Ctrl-C does not reach it: it is ended in order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
