//go:build !linux

package lab

import "syscall"

// childAttributes returns what a QEMU would be started with.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
