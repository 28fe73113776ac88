package link

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// relayed returns both ends of connection n of the proxy, made of pipes that hold nothing, for a bubble in which time
// is exact.
func (p *Proxy) relayed(n uint64) (source, destination net.Conn) {
	source, sourceSide := net.Pipe()
	destinationSide, destination := net.Pipe()
	p.running.Go(func() { p.relay(sourceSide, destinationSide, n) })
	return source, destination
}

func (p *Proxy) stop() {
	p.cancel()
	p.running.Wait()
}

// floodLink sends n bytes, or as many as are taken, and ends.
func floodLink(c net.Conn, n int) {
	sendOver(c, io.LimitReader(zeros{}, int64(n)))
	c.Close()
}

// sendOver writes what it reads. A test sees from what arrives whether it failed.
func sendOver(c net.Conn, from io.Reader) {
	_, _ = io.Copy(c, from)
}

// drainLink reads to the end and returns how many bytes came.
func drainLink(c net.Conn) int64 {
	n, _ := io.Copy(io.Discard, c)
	return n
}

// receiveOver reads n bytes; fewer come back padded with zeros.
func receiveOver(c net.Conn, n int) []byte {
	b := make([]byte, n)
	_, _ = io.ReadFull(c, b)
	return b
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestStreamKeepsTheRate(t *testing.T) {
	for _, l := range []Link{
		{Mbps: 100}, {Mbps: 1000}, {Mbps: 4000},
		{Mbps: 1000, Latency: 10 * time.Millisecond},
		{Mbps: 1000, Latency: 10 * time.Millisecond, Jitter: 5 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newProxy(l, "", 1)
			defer p.stop()
			source, destination := p.relayed(0)
			size, start := int(l.rate()/10), time.Now()
			go floodLink(source, size)
			n := drainLink(destination)
			took := time.Since(start)
			if int(n) != size {
				t.Fatalf("%+v: %d of %d bytes came", l, n, size)
			}
			want := 100*time.Millisecond - p.bucket.burst + l.Latency
			if took < want-rounding || took > want+l.Jitter+time.Millisecond {
				t.Errorf("%+v: took %v, want %v", l, took, want)
			}
			if c := p.Traffic(); c.Bytes != n || c.Limited < 80*time.Millisecond || c.Last.Sub(start) != took {
				t.Errorf("%+v: carried %+v, want %d bytes, the last after %v, limited for most of it", l, c, n, took)
			}
		})
	}
}

func TestStreamSharesTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Link{Mbps: 500}
		p, start := newProxy(l, "", 1), time.Now()
		defer p.stop()
		const connections = 4
		took := make(chan time.Duration, connections)
		for n := range uint64(connections) {
			source, destination := p.relayed(n)
			go floodLink(source, int(l.rate())/connections)
			go func() {
				drainLink(destination)
				took <- time.Since(start)
			}()
		}
		for range connections {
			if d := <-took; d < 900*time.Millisecond || d > time.Second {
				t.Errorf("a quarter of a second's bytes beside three others took %v, want all nearly 1 s", d)
			}
		}
		if limited := p.Traffic().Limited; limited > time.Second {
			t.Errorf("the bucket was the limit for %v within 1 s", limited)
		}
	})
}

func TestStreamDelaysBothDirections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency = 40 * time.Millisecond
		p, start := newProxy(Link{Mbps: 100, Latency: latency}, "", 1), time.Now()
		defer p.stop()
		source, destination := p.relayed(0)
		go sendOver(source, strings.NewReader("?"))
		b := receiveOver(destination, 1)
		if d := time.Since(start); d != latency || string(b) != "?" {
			t.Errorf("%q came after %v, want ? after %v", b, d, latency)
		}
		go sendOver(destination, strings.NewReader("!"))
		b = receiveOver(source, 1)
		if d := time.Since(start); d != 2*latency || string(b) != "!" {
			t.Errorf("%q came back after %v, want ! after %v", b, d, 2*latency)
		}
	})
}

func TestStreamReturnPathHasNoRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, start := newProxy(Link{Mbps: 1}, "", 1), time.Now()
		defer p.stop()
		source, destination := p.relayed(0)
		go floodLink(destination, 10<<20)
		n := drainLink(source)
		if d := time.Since(start); n != 10<<20 || d != 0 {
			t.Errorf("%d bytes came back in %v, want all at once", n, d)
		}
		if c := p.Traffic(); c.Bytes != 0 {
			t.Errorf("%d bytes of the return path were counted", c.Bytes)
		}
	})
}

func TestStreamJitterNeverReorders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const latency, jitter, messages = time.Millisecond, 5 * time.Millisecond, 1000
		p, start := newProxy(Link{Latency: latency, Jitter: jitter}, "", 9), time.Now()
		defer p.stop()
		source, destination := p.relayed(0)
		go func() {
			for i := range uint64(messages) {
				stamp := binary.BigEndian.AppendUint64(nil, i)
				stamp = binary.BigEndian.AppendUint64(stamp, uint64(time.Since(start)))
				sendOver(source, bytes.NewReader(stamp))
				time.Sleep(time.Millisecond)
			}
		}()
		delays := map[time.Duration]bool{}
		for want := range uint64(messages) {
			stamp := receiveOver(destination, 16)
			got := binary.BigEndian.Uint64(stamp)
			d := time.Since(start) - time.Duration(binary.BigEndian.Uint64(stamp[8:]))
			if got != want || d < latency || d > latency+jitter {
				t.Fatalf("message %d came as the %dth after %v, want within %v to %v", got, want, d, latency, latency+jitter)
			}
			delays[d] = true
		}
		if len(delays) < messages/2 {
			t.Errorf("only %d different delays of %d", len(delays), messages)
		}
	})
}

// TestStreamHoldsLittle counts what is taken from the source when the destination does not read: the line's length, and
// one chunk where there is no line.
func TestStreamHoldsLittle(t *testing.T) {
	for _, l := range []Link{{}, {Mbps: 100}, {Mbps: 100, Latency: 100 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			p := newProxy(l, "", 1)
			source, _ := p.relayed(0)
			taken := make(chan int)
			go func() {
				n, _ := source.Write(make([]byte, 8<<20))
				taken <- n
			}()
			time.Sleep(time.Minute)
			p.stop()
			want := l.chunk()
			if l.delayed() {
				want = int(l.capacity())
			}
			if n := <-taken; n != want {
				t.Errorf("%+v: %d bytes taken from the source, want %d", l, n, want)
			}
		})
	}
}

// TestStreamStops closes the proxy in every state a transfer can be in; a bubble does not end while a goroutine is
// left.
func TestStreamStops(t *testing.T) {
	for name, l := range map[string]Link{
		"unshaped": {}, "at the bucket": {Mbps: 0.001}, "on the line": {Latency: time.Hour},
		"line full": {Mbps: 1000, Latency: time.Millisecond}, "both": {Mbps: 10, Latency: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, start := newProxy(l, "", 1), time.Now()
				source, _ := p.relayed(0)
				go floodLink(source, 64<<20)
				p.relayed(1) // idle
				time.Sleep(10 * time.Second)
				p.stop()
				if d := time.Since(start); d != 10*time.Second || p.Err() != nil {
					t.Errorf("stopped after %v with error %v, want at once without", d-10*time.Second, p.Err())
				}
			})
		})
	}
}
