package api

import (
	"io"
	"sync"
	"time"
)

// readAhead takes in a body as fast as it comes and hands it out as fast as it is asked for. Without it a client that
// sends all of a batch before it reads any answer, as most HTTP libraries do, would wait for the server, and the server
// for it. The body must be bounded.
type readAhead struct {
	mu     sync.Mutex
	more   *sync.Cond
	chunks [][]byte
	err    error // of the body, after the chunks
	done   chan struct{}
}

// chunkBytes is the size in which a body is taken in.
const chunkBytes = 32 << 10

// newReadAhead begins to take in what r reads.
func newReadAhead(r io.Reader) *readAhead {
	a := &readAhead{done: make(chan struct{})}
	a.more = sync.NewCond(&a.mu)
	go func() {
		defer close(a.done)
		buffer := make([]byte, chunkBytes)
		for a.take(r, buffer) == nil {
		}
	}()
	return a
}

// take reads once. What comes in small pieces is put together, or each would occupy a chunk of its own.
func (a *readAhead) take(r io.Reader, buffer []byte) error {
	n, err := r.Read(buffer)
	a.mu.Lock()
	defer a.mu.Unlock()
	if last := len(a.chunks) - 1; last >= 0 && n <= cap(a.chunks[last])-len(a.chunks[last]) {
		a.chunks[last] = append(a.chunks[last], buffer[:n]...)
	} else if n > 0 {
		a.chunks = append(a.chunks, append(make([]byte, 0, chunkBytes), buffer[:n]...))
	}
	a.err = err
	a.more.Signal()
	return err
}

// Read waits until something has come.
func (a *readAhead) Read(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.chunks) == 0 && a.err == nil {
		a.more.Wait()
	}
	if len(a.chunks) == 0 {
		return 0, a.err
	}
	n := copy(p, a.chunks[0])
	if a.chunks[0] = a.chunks[0][n:]; len(a.chunks[0]) == 0 {
		a.chunks[0] = nil // or it would stay reachable through the array behind the slice
		a.chunks = a.chunks[1:]
	}
	return n, nil
}

// finished waits for so long until the body is no longer read from, and reports whether it is not.
func (a *readAhead) finished(within time.Duration) bool {
	select {
	case <-a.done:
		return true
	case <-time.After(within):
		return false
	}
}
