package libvirt

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// What libvirt's protocol says of a message: four bytes of length, which count themselves, six words of header, a body.
const (
	headerBytes = 28
	mostBytes   = 32 << 20 // libvirt's own bound

	remoteProgram = 0x20008086 // of libvirt's programs, the one that domains are asked of
	replyType     = 1
	eventType     = 2
)

// A wire is the connection as go-libvirt reads it: whole messages of a length that can be, and answers only. Events are
// taken out and decoded here, since go-libvirt drops those whose parameters are typed, which the end of a job is.
type wire struct {
	net.Conn
	in   *bufio.Reader
	rest []byte // of the message that is being read

	event func(procedure uint32, body []byte) // never nil; must not wait

	once sync.Once
	dead chan struct{} // closed at the connection's end
	err  error         // of that end, once dead is closed
}

// newWire returns the wire of a connection.
func newWire(conn net.Conn, event func(procedure uint32, body []byte)) *wire {
	return &wire{Conn: conn, in: bufio.NewReader(conn), event: event, dead: make(chan struct{})}
}

// Read returns the bytes of answers.
func (w *wire) Read(b []byte) (int, error) {
	for len(w.rest) == 0 {
		message, err := w.next()
		if err != nil {
			w.end(err)
			return 0, io.EOF
		}
		header := func(word int) uint32 { return binary.BigEndian.Uint32(message[4*word:]) }
		if header(1) != remoteProgram || header(4) != eventType {
			if header(4) == replyType {
				w.rest = message
			}
			continue
		}
		w.event(header(3), message[headerBytes:])
	}
	n := copy(b, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

// next reads a message. An end between two messages is io.EOF, one within a message is not.
func (w *wire) next() ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(w.in, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < headerBytes || n > mostBytes {
		return nil, fmt.Errorf("what answers does not speak libvirt's protocol: a message of %d bytes", n)
	}
	message := make([]byte, n)
	copy(message, length[:])
	if _, err := io.ReadFull(w.in, message[4:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return message, nil
}

// end notes why there will be no more.
func (w *wire) end(err error) {
	w.once.Do(func() {
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			err = fmt.Errorf("the connection was cut in the middle of an answer: %w", err)
		case errors.Is(err, io.EOF):
			err = fmt.Errorf("libvirt has closed the connection: %w", err)
		}
		w.err = err
		close(w.dead)
		_ = w.Conn.Close() // so that nothing waits to be sent
	})
}

// Close closes the connection, in the way of its end.
func (w *wire) Close() error {
	w.end(net.ErrClosed)
	return nil
}
