package lab

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// place is a proxy between real sockets in a folder of its own.
type place struct {
	*proxy
	listen, dial string
	incoming     *net.UnixListener
}

func newPlace(t testing.TB, l Link) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{listen: filepath.Join(dir, "link"), dial: filepath.Join(dir, "in")}
	incoming, err := net.Listen("unix", p.dial)
	if err != nil {
		t.Fatal(err)
	}
	p.incoming = incoming.(*net.UnixListener)
	if p.proxy, err = startProxy(l, p.listen, p.dial, 1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
		p.incoming.Close()
	})
	return p
}

func (p *place) connect(t testing.TB) (source, destination *net.UnixConn) {
	t.Helper()
	c, err := net.Dial("unix", p.listen)
	if err != nil {
		t.Fatal(err)
	}
	destination, err = p.incoming.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		destination.Close()
	})
	return c.(*net.UnixConn), destination
}

// TestProxyPassesBytesAndEnds sends random bytes, ends the one direction, and is
// answered in the other, which must still be open.
func TestProxyPassesBytesAndEnds(t *testing.T) {
	for _, l := range []Link{
		{}, {Mbps: 4000}, {Latency: time.Millisecond},
		{Mbps: 4000, Latency: 2 * time.Millisecond, Jitter: time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%+v", l), func(t *testing.T) {
			p := newPlace(t, l)
			source, destination := p.connect(t)
			data := make([]byte, 2<<20+4321)
			rand.NewChaCha8([32]byte{1}).Read(data)
			go func() {
				source.Write(data)
				source.CloseWrite()
			}()
			received, err := io.ReadAll(destination)
			if err != nil || sha256.Sum256(received) != sha256.Sum256(data) {
				t.Fatalf("%d of %d bytes came or others than were sent, error %v", len(received), len(data), err)
			}
			go func() {
				destination.Write(data[:100000])
				destination.Close()
			}()
			answer, err := io.ReadAll(source)
			if err != nil || !bytes.Equal(answer, data[:100000]) {
				t.Errorf("%d bytes came back or others than were sent, error %v", len(answer), err)
			}
			if c := p.carried(); c.bytes != int64(len(data)) || !c.last.After(c.first) || c.mbps() <= 0 {
				t.Errorf("carried %+v, want %d bytes over some time", c, len(data))
			}
			if err := p.err(); err != nil {
				t.Errorf("a transfer that ended is an error: %v", err)
			}
		})
	}
}

// TestProxyIsNeverFasterThanItsRate has real time in it, which may only be too
// long.
func TestProxyIsNeverFasterThanItsRate(t *testing.T) {
	for _, mbps := range []float64{100, 1000, 4000} {
		l := Link{Mbps: mbps}
		p := newPlace(t, l)
		start := time.Now()
		two := make(chan int64, 2)
		for range 2 {
			source, destination := p.connect(t)
			go flood(source, int(0.05*l.rate()))
			go func() {
				n, _ := io.Copy(io.Discard, destination)
				two <- n
			}()
		}
		n := <-two + <-two
		took := time.Since(start)
		if least := (float64(n) - l.burst()) / l.rate(); n != 2*int64(0.05*l.rate()) || took.Seconds() < least {
			t.Errorf("%v Mbps: %d bytes in %v, want no less than %.3f s", mbps, n, took, least)
		}
	}
}

func TestProxyFirstByteIsNoSoonerThanTheLatency(t *testing.T) {
	const latency = 30 * time.Millisecond
	source, destination := newPlace(t, Link{Latency: latency}).connect(t)
	start := time.Now()
	source.Write([]byte("x"))
	if _, err := destination.Read(make([]byte, 1)); err != nil || time.Since(start) < latency {
		t.Errorf("the first byte took %v, want at least %v (error %v)", time.Since(start), latency, err)
	}
}

func TestProxyTellsThatTheDestinationIsAbsent(t *testing.T) {
	p := newPlace(t, Link{})
	p.incoming.Close()
	c, err := net.Dial("unix", p.listen)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.Read(make([]byte, 1)); err == nil {
		t.Fatalf("read %d bytes from nobody", n)
	}
	if err := p.err(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), p.dial) {
		t.Errorf("got %v, want that %s does not exist", err, p.dial)
	}
}

// TestProxyEndsBothWhenOneDies kills either side in the middle of a transfer.
func TestProxyEndsBothWhenOneDies(t *testing.T) {
	for _, l := range []Link{{}, {Mbps: 1000, Latency: time.Millisecond}} {
		p := newPlace(t, l)
		source, destination := p.connect(t)
		go func() {
			io.CopyN(io.Discard, destination, 1<<20)
			destination.Close()
		}()
		if n, err := io.Copy(source, zeros{}); err == nil {
			t.Errorf("%+v: %d bytes went to a destination that is gone", l, n)
		}
		if err := p.err(); err == nil || !strings.Contains(err.Error(), "link ") {
			t.Errorf("%+v: kept %v, want why the connection ended", l, err)
		}
	}
}

// TestProxyWaitsForAFullQueue has a destination whose queue has no place for
// the connection at first.
func TestProxyWaitsForAFullQueue(t *testing.T) {
	p := newPlace(t, Link{})
	raw, err := p.incoming.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) })
	if err != nil {
		t.Fatal(err)
	}
	first, err := net.Dial("unix", p.dial)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if second, err := net.Dial("unix", p.dial); !errors.Is(err, syscall.EAGAIN) {
		t.Fatalf("the queue is not full: %v, %v", second, err)
	}
	source, err := net.Dial("unix", p.listen)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	source.Write([]byte("x"))
	for range 2 {
		c, err := p.incoming.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		first.Close()
		if n, _ := c.Read(make([]byte, 1)); n == 1 {
			return
		}
	}
	t.Errorf("what the source sent never came: %v", p.err())
}

func TestProxyCloseLeavesNothing(t *testing.T) {
	p := newPlace(t, Link{Mbps: 100, Latency: time.Second})
	for range 3 {
		source, _ := p.connect(t)
		go flood(source, 64<<20)
	}
	start := time.Now()
	for range 2 {
		if err := p.close(); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("closing took %v", d)
	}
	if _, err := os.Lstat(p.listen); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, ours := range []string{"lab.(*proxy).relay", "lab.(*proxy).accept", "lab.(*stream)"} {
		if bytes.Contains(stacks, []byte(ours)) {
			t.Errorf("%s is still running:\n%s", ours, stacks)
		}
	}
}

func TestProxyOnAbstractSockets(t *testing.T) {
	name := fmt.Sprintf("@vmmp-link-test-%d", os.Getpid())
	incoming, err := net.Listen("unix", name+"/in")
	if err != nil {
		t.Fatal(err)
	}
	defer incoming.Close()
	p, err := startProxy(Link{}, name+"/link", name+"/in", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	source, err := net.Dial("unix", name+"/link")
	if err != nil {
		t.Fatal(err)
	}
	go flood(source, 1000)
	destination, err := incoming.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer destination.Close()
	if n, err := io.Copy(io.Discard, destination); n != 1000 || err != nil {
		t.Errorf("%d of 1000 bytes came, error %v", n, err)
	}
}

func TestStartProxyRefuses(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		link         Link
		listen, dial string
		want         string
	}{
		"rate":        {Link{Mbps: -1}, filepath.Join(dir, "a"), "b", "link rate -1"},
		"long listen": {Link{}, strings.Repeat("x", 108), "b", "108 bytes"},
		"long dial":   {Link{}, filepath.Join(dir, "a"), strings.Repeat("x", 108), "108 bytes"},
		"taken":       {Link{}, taken, "b", "address already in use"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := startProxy(test.link, test.listen, test.dial, 1)
			if err == nil {
				p.close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// BenchmarkLink sends 1 MiB per iteration; MB/s is the throughput. The 4000 Mbps
// that are set leave 471 MB/s to the payload.
func BenchmarkLink(b *testing.B) {
	for _, l := range []Link{{}, {Latency: time.Millisecond}, {Mbps: 4000}, {Mbps: 4000, Latency: time.Millisecond}} {
		b.Run(fmt.Sprintf("%gMbps/%v", l.Mbps, l.Latency), func(b *testing.B) {
			source, destination := newPlace(b, l).connect(b)
			data := make([]byte, 1<<20)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{destination}, make([]byte, 1<<20))
			}()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				source.Write(data)
			}
			source.CloseWrite()
			<-ended
		})
	}
}
