package baremetal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"time"

	"vmmp/pkg/lab/guest"
)

// Line is the host's end of a guest's serial line. After a migration the same guest is reached by another socket: dial
// anew. It serves one request at a time.
type Line struct {
	conn      net.Conn
	memoryMiB int
	number    uint32 // of the last order
}

// tellEvery is how long the first answer may take before another is asked for: what the guest was sent before may have
// left half a frame with it, and the rest of that it takes from what comes next.
const tellEvery = 500 * time.Millisecond

// Dial connects to the unix socket behind the serial line of a guest with so much memory, and waits for the guest to
// answer until ctx ends. It returns an error if nothing listens on the socket.
func Dial(ctx context.Context, path string, memoryMiB int) (*Line, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("dial serial line: %w", err)
	}
	// Numbers begin anywhere, so that a late answer to an earlier connection is no answer to this one.
	l := &Line{conn: conn, memoryMiB: memoryMiB, number: rand.Uint32()}
	for {
		attempt, cancel := context.WithTimeout(ctx, tellEvery)
		_, err := l.request(attempt, frame{atVerb: tell})
		cancel()
		if err == nil {
			return l, nil
		}
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return nil, errors.Join(fmt.Errorf("dial serial line %s: %w", path, err), conn.Close())
		}
	}
}

// request sends an order and returns the guest's answer. Answers to earlier orders are skipped, so that the line is of
// use after a ctx that ended.
func (l *Line) request(ctx context.Context, order frame) (frame, error) {
	answer, err := l.exchange(ctx, order)
	if ctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		err = ctx.Err()
	}
	if err != nil {
		return answer, fmt.Errorf("ask guest: %w", err)
	}
	return answer, nil
}

// exchange does a request without its errors' frame.
func (l *Line) exchange(ctx context.Context, order frame) (frame, error) {
	if err := l.conn.SetDeadline(time.Time{}); err != nil {
		return frame{}, err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = l.conn.SetDeadline(time.Unix(1, 0))
		close(ended)
	})
	defer func() {
		if !stop() {
			<-ended // or it would end the next request
		}
	}()
	l.number++
	order[atNumber] = l.number
	if _, err := l.conn.Write(order.encode()); err != nil {
		return frame{}, err
	}
	for {
		answer, err := readFrame(l.conn)
		if errors.Is(err, errSum) || err == nil && answer[atNumber] != l.number {
			continue
		}
		return answer, err
	}
}

// Set has the guest run a workload; it returns once the memory is filled. It returns an error if the workload is out of
// bounds, or if the guest has no room for it.
func (l *Line) Set(ctx context.Context, w guest.Workload) error {
	all, err := orders(w, l.memoryMiB)
	if err != nil {
		return err
	}
	for _, order := range all {
		answer, err := l.request(ctx, order)
		if err != nil {
			return err
		}
		if answer[atResult] != 0 {
			return fmt.Errorf("ask guest: it finds no %s or %s in fw_cfg; give QEMU both", RandomFile, RepeatedFile)
		}
	}
	return nil
}

// Stat returns the guest's state as the guest sees it.
func (l *Line) Stat(ctx context.Context) (guest.Stat, error) {
	answer, err := l.request(ctx, frame{atVerb: tell})
	if err != nil {
		return guest.Stat{}, err
	}
	total := float64(l.memoryMiB)
	clock := uint64(answer[atClock]) | uint64(answer[atClock+1])<<32
	return guest.Stat{
		TotalMiB:     total,
		AvailableMiB: total - ownMiB - float64(answer[atHeld])/pagesPerMiB,
		PagesWritten: uint64(answer[atHotWritten]) + uint64(answer[atColdWritten]),
		Ticks:        uint64(answer[atTicks]),
		UptimeS:      float64(clock) / max(1, float64(answer[atHz])),
	}, nil
}

// Sum stops the workload and returns a hash of two words of each page of the guest's memory.
func (l *Line) Sum(ctx context.Context) (string, error) {
	answer, err := l.request(ctx, frame{atVerb: hash, atFlags: uint32(l.memoryMiB * pagesPerMiB)})
	return fmt.Sprintf("%08x", answer[atResult]), err
}

// Close hangs up. The guest works on.
func (l *Line) Close() error { return l.conn.Close() }
