package qemu

import (
	"net"
	"syscall"
)

// peer returns the process at the other end of a unix socket, the one that listened; 0 where it is not to be known.
func peer(conn net.Conn) int {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return 0
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return 0
	}
	process := 0
	_ = raw.Control(func(fd uintptr) {
		if c, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			process = int(c.Pid)
		}
	})
	return process
}

// hugetlbfs is the kernel's number of that file system (statfs(2)).
const hugetlbfs = 0x958458f6

// onHugePages reports whether a file lies in a file system of huge pages; the error is that of looking.
func onHugePages(path string) (bool, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return false, err
	}
	return uint32(s.Type) == hugetlbfs, nil // its type differs between architectures
}
