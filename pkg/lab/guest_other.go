//go:build !linux || !amd64

package lab

// InGuest is false: the lab's guests are Linux on amd64.
func InGuest() bool { return false }

// RunGuest does nothing, as there is no guest of this system.
func RunGuest() {}
