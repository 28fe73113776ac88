//go:build !linux && !darwin

package stress

// mapMemory allocates memory of the Go runtime, which gives it back in its own time.
func mapMemory(bytes uint64) ([]byte, error) { return make([]byte, bytes), nil }

func unmapMemory([]byte) error { return nil }
