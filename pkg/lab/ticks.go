package lab

import (
	"net"
	"sync"
	"time"
)

// ticker timestamps the bytes that a guest writes to a port every millisecond. Only the first and the last of them are
// kept: between the last of the source and the first of the destination lies the pause as seen from outside.
type ticker struct {
	conn        net.Conn
	mu          sync.Mutex
	first, last time.Time
	ended       chan struct{}
}

// listenTicks connects to the socket behind a guest's port.
func listenTicks(socket string) (*ticker, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	t := &ticker{conn: conn, ended: make(chan struct{})}
	go t.listen()
	return t, nil
}

func (t *ticker) listen() {
	defer close(t.ended)
	buffer := make([]byte, 256)
	for {
		n, err := t.conn.Read(buffer)
		now := time.Now()
		if n > 0 {
			t.mu.Lock()
			if t.first.IsZero() {
				t.first = now
			}
			t.last = now
			t.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// span returns the time of the first and of the last tick, zero without any.
func (t *ticker) span() (first, last time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.first, t.last
}

func (t *ticker) close() error {
	err := t.conn.Close()
	<-t.ended
	return err
}

// pause returns the time between the last tick of one QEMU and the first of another; 0 where one of them had none.
func (t *ticker) pause(next *ticker) time.Duration {
	_, last := t.span()
	first, _ := next.span()
	if last.IsZero() || first.IsZero() {
		return 0
	}
	return first.Sub(last)
}
