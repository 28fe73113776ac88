//go:build !linux

package lab

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// memoryFile is what a lab begins with: it says where there can be none.
func memoryFile(string) (*os.File, error) {
	return nil, errors.New("real migrations need Linux; this is " + runtime.GOOS)
}

// child is how a QEMU would be started.
func child() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
