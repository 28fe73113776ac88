//go:build !linux

package apiload

import "time"

// sleep sleeps as exactly as the runtime can.
func sleep(d time.Duration) { time.Sleep(d) }
