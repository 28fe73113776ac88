//go:build !linux

package qemu

import (
	"errors"
	"net"
)

// peer returns the process at the other end of a socket: 0, since only Linux accounts its threads as it is needed.
func peer(net.Conn) int { return 0 }

// onHugePages would report whether a file lies in Linux's file system of huge pages.
func onHugePages(string) (bool, error) { return false, errors.ErrUnsupported }
