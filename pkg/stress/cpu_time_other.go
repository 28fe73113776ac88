//go:build !linux && !darwin

package stress

import "time"

var loaded = time.Now()

// threadTime returns wall time: no clock here tells a thread's processor time finely
// enough. While others have the processor a worker counts as if it had it.
func threadTime() time.Duration { return time.Since(loaded) }
