package link

import (
	"context"
	"errors"
	"io"
	"net"
	"time"
)

// stream is one direction of one connection.
type stream struct {
	name     string // for errors
	from, to net.Conn
	chunk    int     // bytes read at a time
	capacity int     // the most bytes under way, for a line with a delay
	bucket   *bucket // nil: no rate
	delay    *delay  // nil: no delay
	count    func(n int, begun, done time.Time)
}

// parts returns what must run side by side to pass bytes on, until their end, which is passed on too, or until one
// fails. When its context ends, what blocks in a read or a write is freed by closing the connections.
func (s *stream) parts() []func(context.Context) error {
	if s.delay == nil {
		return []func(context.Context) error{s.direct}
	}
	l := newDelayLine(s.capacity, s.chunk)
	return []func(context.Context) error{
		func(ctx context.Context) error { return s.fill(ctx, l) },
		func(ctx context.Context) error { return s.empty(ctx, l) },
	}
}

// direct reads, waits for the bucket and writes, all in one goroutine: a queue would add to what the sender's bandwidth
// estimate does not see.
func (s *stream) direct(ctx context.Context) error {
	sleeper := newSleeper(ctx)
	buf := make([]byte, s.chunk)
	for {
		n, err := s.read(buf)
		if err != nil {
			return err
		}
		if n == 0 {
			return endWrites(s.to)
		}
		if !s.bucket.wait(n, sleeper) {
			return ctx.Err()
		}
		if err := s.write(buf[:n]); err != nil {
			return err
		}
	}
}

// fill puts what is read on the line.
func (s *stream) fill(ctx context.Context, l *delayLine) error {
	defer context.AfterFunc(ctx, l.abort)()
	sleeper := newSleeper(ctx)
	for {
		room := l.room()
		if room == nil {
			return ctx.Err()
		}
		n, err := s.read(room)
		if err != nil {
			return err
		}
		if n == 0 {
			l.end()
			return nil
		}
		if !s.bucket.wait(n, sleeper) {
			return ctx.Err()
		}
		l.put(n, s.delay.due(time.Now()))
	}
}

// empty writes what arrives on the line.
func (s *stream) empty(ctx context.Context, l *delayLine) error {
	defer context.AfterFunc(ctx, l.abort)()
	sleeper := newSleeper(ctx)
	for {
		data, due := l.next()
		if data == nil {
			if err := ctx.Err(); err != nil {
				return err
			}
			return endWrites(s.to)
		}
		if !sleeper.until(due) {
			return ctx.Err()
		}
		if err := s.write(data); err != nil {
			return err
		}
		l.arrived()
	}
}

// read returns 0 and no error at the end of the bytes.
func (s *stream) read(buf []byte) (int, error) {
	n, err := s.from.Read(buf)
	if n > 0 || errors.Is(err, io.EOF) {
		return n, nil
	}
	return n, err
}

func (s *stream) write(data []byte) error {
	begun := time.Now()
	n, err := s.to.Write(data)
	if s.count != nil && n > 0 {
		s.count(n, begun, time.Now())
	}
	return err
}

// endWrites tells the other side that nothing more will come, while it may still be listened to.
func endWrites(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}
