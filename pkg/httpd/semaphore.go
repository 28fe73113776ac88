package httpd

import (
	"context"
	"time"
)

// A Semaphore bounds how many requests do something costly at once. Its length is how many do.
type Semaphore chan struct{}

// NewSemaphore returns a Semaphore that n may hold at once.
func NewSemaphore(n int) Semaphore { return make(Semaphore, n) }

// Acquire waits until the caller may go on, which is then to Release it. It returns false if that takes longer than
// patience, or if ctx ends before.
func (s Semaphore) Acquire(ctx context.Context, patience time.Duration) bool {
	select {
	case s <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-time.After(patience):
	}
	return false
}

// Release lets the next one go on.
func (s Semaphore) Release() { <-s }
