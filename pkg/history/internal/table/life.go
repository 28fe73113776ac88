package table

import (
	"sync"

	"vmmp/pkg/history"
)

// A life lets calls into a store until it is closed, and waits for those inside.
type life struct {
	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

// enter begins a call that leave must end. It returns ErrClosed after end.
func (l *life) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return history.ErrClosed
	}
	l.calls.Add(1)
	return nil
}

func (l *life) leave() { l.calls.Done() }

// end refuses further calls, waits for those under way and reports whether it is
// the first to do so.
func (l *life) end() bool {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	l.mu.Unlock()
	l.calls.Wait()
	return first
}
