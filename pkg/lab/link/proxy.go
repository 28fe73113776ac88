package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"
)

// longestSocketPath is what sun_path holds besides its terminating zero.
const longestSocketPath = 107

// Proxy is a link between two unix stream sockets: the source connects to the listening one, and each of its
// connections is continued to the destination. The bytes from source to destination meet rate, latency and jitter;
// those of the return path latency and jitter only. Where the source has several connections (multifd) they share the
// rate.
type Proxy struct {
	link   Link
	dial   string
	seed   uint64
	bucket *bucket

	listener net.Listener
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu     sync.Mutex
	failed error
	moved  Traffic
}

// Traffic holds what went from source to destination.
type Traffic struct {
	Bytes       int64
	First, Last time.Time     // when the first byte was passed on and the last; zero without bytes
	Limited     time.Duration // how long the rate was what held the source back
}

// Mbps returns the payload that was carried on average between the first byte and the last, in 10^6 bits per second; 0
// while there is no time between them. A link that was busy throughout shows 94.1 % of its line rate.
func (t Traffic) Mbps() float64 {
	seconds := t.Last.Sub(t.First).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(t.Bytes) * 8 / 1e6 / seconds
}

// Start listens on the one path and dials the other for each connection; a path that begins with @ is an abstract
// socket and leaves no file. The same seed draws the same jitter. It returns an error if the link is out of bounds or
// the socket cannot be made; that the destination is absent shows in Err once the source has connected. The caller
// closes the proxy.
func Start(l Link, listen, dial string, seed uint64) (*Proxy, error) {
	if err := l.validate(); err != nil {
		return nil, err
	}
	for _, path := range []string{listen, dial} {
		if len(path) > longestSocketPath {
			return nil, fmt.Errorf("link socket %s: path has %d bytes, a unix socket's may have %d: "+
				"use a shorter folder", path, len(path), longestSocketPath)
		}
	}
	listener, err := net.Listen("unix", listen)
	if err != nil {
		return nil, fmt.Errorf("open link for the source: %w", err)
	}
	p := newProxy(l, dial, seed)
	p.listener = listener
	p.running.Go(p.accept)
	return p, nil
}

// newProxy returns a proxy that does not listen.
func newProxy(l Link, dial string, seed uint64) *Proxy {
	p := &Proxy{link: l, dial: dial, seed: seed, bucket: newBucket(l)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// accept continues connections one after the other, so that the destination sees them in the order in which the source
// made them: QEMU tells some channels apart by nothing else.
func (p *Proxy) accept() {
	for n := uint64(0); ; n++ {
		source, err := p.listener.Accept()
		if err != nil {
			p.fail(p.ctx, fmt.Errorf("accept source: %w", err))
			return
		}
		destination, err := p.dialDestination()
		if err != nil {
			p.fail(p.ctx, fmt.Errorf("dial destination: %w", err))
			closeAll(source)
			continue
		}
		p.running.Go(func() { p.relay(source, destination, n) })
	}
}

// dialDestination dials the destination. A queue that is full for the moment, as short as QEMU's are, refuses with
// EAGAIN where TCP would wait.
func (p *Proxy) dialDestination() (net.Conn, error) {
	const pause, tries = time.Millisecond, 2000
	sleeper := newSleeper(p.ctx)
	for try := 1; ; try++ {
		c, err := new(net.Dialer).DialContext(p.ctx, "unix", p.dial)
		if err == nil {
			return c, c.(*net.UnixConn).SetWriteBuffer(p.link.outBuffer())
		}
		if !errors.Is(err, syscall.EAGAIN) || try == tries || !sleeper.until(time.Now().Add(pause)) {
			return nil, err
		}
	}
}

// relay passes both directions of the proxy's n-th connection on until both have ended, or one has failed, or the proxy
// is closed.
func (p *Proxy) relay(source, destination net.Conn, n uint64) {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	defer closeAll(source, destination)
	defer context.AfterFunc(ctx, func() { closeAll(source, destination) })()

	var directions sync.WaitGroup
	for _, s := range p.streams(source, destination, n) {
		for _, part := range s.parts() {
			directions.Go(func() {
				if err := part(ctx); err != nil {
					p.fail(ctx, fmt.Errorf("%s: %w", s.name, err))
					cancel()
				}
			})
		}
	}
	directions.Wait()
}

func closeAll(ends ...io.Closer) {
	for _, c := range ends {
		c.Close()
	}
}

func (p *Proxy) streams(source, destination net.Conn, n uint64) [2]*stream {
	there := &stream{name: "link from source to destination", from: source, to: destination,
		chunk: p.link.chunk(), capacity: int(p.link.capacity()), bucket: p.bucket, count: p.count}
	back := &stream{name: "link from destination to source", from: destination, to: source,
		chunk: minChunk, capacity: returnCapacity}
	if p.link.delayed() {
		there.delay, back.delay = p.delay(2*n), p.delay(2*n+1)
	}
	return [2]*stream{there, back}
}

func (p *Proxy) delay(stream uint64) *delay {
	return &delay{latency: p.link.Latency, jitter: p.link.Jitter, rng: rand.New(rand.NewPCG(p.seed, stream))}
}

func (p *Proxy) count(n int, begun, done time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.moved.Bytes == 0 {
		p.moved.First = begun
	}
	p.moved.Bytes += int64(n)
	p.moved.Last = done
}

// Traffic returns what has gone from source to destination so far.
func (p *Proxy) Traffic() Traffic {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.moved
	t.Limited = p.bucket.limitedFor()
	return t
}

// fail keeps the first error. What happens once ctx has ended is a consequence of its end.
func (p *Proxy) fail(ctx context.Context, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil && ctx.Err() == nil {
		p.failed = err
	}
}

// Err returns why the first connection that failed did, nil while none has.
func (p *Proxy) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// Close ends all connections, whatever they still carry, waits for their goroutines and removes the listening socket.
// Closing again does nothing.
func (p *Proxy) Close() error {
	p.cancel()
	err := p.listener.Close()
	p.running.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close link: %w", err)
	}
	return nil
}
