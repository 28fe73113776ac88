//go:build !linux || !amd64

package guest

// Inside reports false: the lab's guests are Linux on amd64.
func Inside() bool { return false }

// Run does nothing, as there is no guest of this system.
func Run() {}
