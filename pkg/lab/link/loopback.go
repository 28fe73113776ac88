package link

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// loopbackFor is how long loopback is measured.
const loopbackFor = 300 * time.Millisecond

// LoopbackMbps measures what one TCP stream carries over this machine's loopback, in 10^6 bits a second, as iperf
// would: from when it begins until the last byte has been read. It returns an error if there is no loopback.
func LoopbackMbps() (float64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("measure loopback: %w", err)
	}
	defer listener.Close() //nolint:errcheck // nothing was written to it
	sender, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("measure loopback: %w", err)
	}
	conn, err := listener.Accept()
	if err != nil {
		return 0, errors.Join(fmt.Errorf("measure loopback: %w", err), sender.Close())
	}
	failed := make(chan error, 1)
	go func() { failed <- sendFor(sender, loopbackFor) }()
	began := time.Now()
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{conn}, make([]byte, maxChunk))
	seconds := time.Since(began).Seconds()
	if err = errors.Join(err, <-failed, conn.Close()); err != nil {
		return 0, fmt.Errorf("measure loopback: %w", err)
	}
	return float64(n) * 8 / 1e6 / seconds, nil
}

// sendFor sends for a time, and hangs up.
func sendFor(conn net.Conn, d time.Duration) error {
	chunk := make([]byte, maxChunk)
	var err error
	for end := time.Now().Add(d); err == nil && time.Now().Before(end); {
		_, err = conn.Write(chunk)
	}
	return errors.Join(err, conn.Close())
}
