//go:build bench

package cmd

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"net"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// post is a request that is sent over and over.
type post struct {
	path, body string
	status     string // that answers have, such as "200"
}

// bytes is the request as it goes over the wire to addr.
func (p post) bytes(addr string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		p.path, addr, len(p.body), p.body)
}

// wire is one kept connection. It does as little as a client can: what it takes of
// the processors is not there for the server.
type wire struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
	status  string
	due     chan time.Time // of the request whose answer is awaited
}

// dial opens so many connections.
func dial(addr string, p post, connections int) ([]*wire, error) {
	var wires []*wire
	for range connections {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			hangUp(wires)
			return nil, err
		}
		wires = append(wires, &wire{conn, bufio.NewReader(conn), p.bytes(addr), p.status, make(chan time.Time, 1)})
	}
	return wires, nil
}

func hangUp(wires []*wire) {
	for _, w := range wires {
		w.conn.Close()
	}
}

// exchange sends the request and reads its answer.
func (w *wire) exchange() error {
	if _, err := w.conn.Write(w.request); err != nil {
		return err
	}
	_, err := w.receive()
	return err
}

// receive reads one answer to its end, and answers the size of its body.
func (w *wire) receive() (int, error) {
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 "+w.status+" ")) {
		return 0, fmt.Errorf("answered %q, not %s", line, w.status)
	}
	length, err := w.bodyLength()
	if err != nil {
		return 0, err
	}
	return w.in.Discard(length)
}

// bodyLength reads the header of an answer for the length of its body.
func (w *wire) bodyLength() (length int, err error) {
	length = -1
	for {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		name, value, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(": "))
		if string(name) == "Content-Length" {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, err
			}
		}
		if len(name) == 0 && length < 0 {
			return 0, errors.New("an answer without Content-Length")
		}
		if len(name) == 0 {
			return length, nil
		}
	}
}

// sample is what one load measured.
type sample struct {
	latencies []time.Duration // of requests, from when they were due to their answer's last byte
	late      []time.Duration // by which the client itself sent them after they were due
	took      time.Duration
}

func (s *sample) add(other sample) {
	s.latencies = append(s.latencies, other.latencies...)
	s.late = append(s.late, other.late...)
	s.took += other.took
}

// perSecond is the rate of answers.
func (s *sample) perSecond() float64 { return float64(len(s.latencies)) / s.took.Seconds() }

// quantile is the smallest value that the share p of sorted ones does not exceed.
func quantile(sorted []time.Duration, p float64) time.Duration {
	return sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)]
}

// closedLoop sends the next request of each connection when the last one has been
// answered.
func closedLoop(wires []*wire, d time.Duration) (sample, error) {
	parts, faults := make([]sample, len(wires)), make([]error, len(wires))
	start := time.Now()
	var all sync.WaitGroup
	for i, w := range wires {
		all.Go(func() {
			for sent := start; sent.Sub(start) < d && faults[i] == nil; {
				faults[i] = w.exchange()
				answered := time.Now()
				parts[i].latencies = append(parts[i].latencies, answered.Sub(sent))
				sent = answered
			}
		})
	}
	all.Wait()
	s := sample{took: time.Since(start)}
	for _, part := range parts {
		s.latencies = append(s.latencies, part.latencies...)
	}
	return s, errors.Join(faults...)
}

// openLoop sends requests at a rate whatever becomes of them: a server that stalls
// is charged for every request that was due meanwhile.
func openLoop(wires []*wire, rate int, d time.Duration) (sample, error) {
	requests := rate * int(d/time.Second)
	s := sample{latencies: make([]time.Duration, 0, requests), late: make([]time.Duration, 0, requests)}
	idle, faults := make(chan *wire, len(wires)), make(chan error, len(wires)+1)
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, w := range wires {
		idle <- w
		all.Go(func() {
			for due := range w.due {
				if _, err := w.receive(); err != nil {
					faults <- err
					return
				}
				took := time.Since(due)
				mu.Lock()
				s.latencies = append(s.latencies, took)
				mu.Unlock()
				idle <- w
			}
		})
	}
	start := time.Now()
	all.Go(func() {
		faults <- pace(idle, faults, start, time.Second/time.Duration(rate), requests, &s.late)
		for _, w := range wires {
			close(w.due)
		}
	})
	all.Wait()
	s.took = time.Since(start)
	close(faults)
	var fault error
	for err := range faults {
		fault = errors.Join(fault, err)
	}
	return s, fault
}

// pace sends each request when it is due, or as soon as a connection is idle. It
// ends at the first fault, which it answers.
func pace(idle <-chan *wire, faults <-chan error, start time.Time, interval time.Duration, requests int, late *[]time.Duration) error {
	// Timers of the runtime are up to a millisecond late where it has nothing else
	// to do: the kernel's are not, and they need a thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for i := range requests {
		due := start.Add(time.Duration(i) * interval)
		sleepUntil(due)
		select {
		case err := <-faults:
			return err
		case w := <-idle:
			w.due <- due
			*late = append(*late, time.Since(due))
			if _, err := w.conn.Write(w.request); err != nil {
				return err
			}
		}
	}
	return nil
}

// sleepUntil sleeps in the kernel. Signals of the runtime wake it early.
func sleepUntil(due time.Time) {
	for left := time.Until(due); left > 0; left = time.Until(due) {
		rest := syscall.NsecToTimespec(int64(left))
		_ = syscall.Nanosleep(&rest, nil) // EINTR: there is time left
	}
}
