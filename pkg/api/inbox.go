package api

import (
	"io"
	"sync"
	"time"
)

// inbox takes in a body as fast as it comes and hands it out as fast as it is
// asked for. Without it a client that sends all of a batch before it reads any
// answer, as most HTTP libraries do, would wait for the server, and the server for
// it. The body must be bounded.
type inbox struct {
	mu     sync.Mutex
	more   *sync.Cond
	chunks [][]byte
	err    error // of the body, after the chunks
	done   chan struct{}
}

// chunkBytes is the size in which a body is taken in.
const chunkBytes = 32 << 10

// newInbox begins to take in body.
func newInbox(body io.Reader) *inbox {
	in := &inbox{done: make(chan struct{})}
	in.more = sync.NewCond(&in.mu)
	go func() {
		defer close(in.done)
		buffer := make([]byte, chunkBytes)
		for in.take(body, buffer) == nil {
		}
	}()
	return in
}

// take reads once from the body. What comes in small pieces is put together, or
// each would occupy a chunk of its own.
func (in *inbox) take(body io.Reader, buffer []byte) error {
	n, err := body.Read(buffer)
	in.mu.Lock()
	defer in.mu.Unlock()
	if last := len(in.chunks) - 1; last >= 0 && n <= cap(in.chunks[last])-len(in.chunks[last]) {
		in.chunks[last] = append(in.chunks[last], buffer[:n]...)
	} else if n > 0 {
		in.chunks = append(in.chunks, append(make([]byte, 0, chunkBytes), buffer[:n]...))
	}
	in.err = err
	in.more.Signal()
	return err
}

// Read waits until something has come.
func (in *inbox) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.chunks) == 0 && in.err == nil {
		in.more.Wait()
	}
	if len(in.chunks) == 0 {
		return 0, in.err
	}
	n := copy(p, in.chunks[0])
	if in.chunks[0] = in.chunks[0][n:]; len(in.chunks[0]) == 0 {
		in.chunks[0] = nil // or it would stay reachable through the array behind the slice
		in.chunks = in.chunks[1:]
	}
	return n, nil
}

// finished waits for so long until the body is no longer read from.
func (in *inbox) finished(within time.Duration) bool {
	select {
	case <-in.done:
		return true
	case <-time.After(within):
		return false
	}
}
