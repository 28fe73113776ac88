package link

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
	"testing"
	"time"
)

// place is a proxy between real sockets in a folder of its own.
type place struct {
	*Proxy
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
	if p.Proxy, err = Start(l, p.listen, p.dial, 1); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
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

// TestProxyPassesBytesAndEnds sends random bytes, ends the one direction, and is answered in the other, which must
// still be open.
func TestProxyPassesBytesAndEnds(t *testing.T) {
	for _, l := range []Link{
		{}, {Mbps: 4000}, {Latency: time.Millisecond},
		{Mbps: 4000, Latency: 2 * time.Millisecond, Jitter: time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%+v", l), func(t *testing.T) {
			p := newPlace(t, l)
			source, destination := p.connect(t)
			data := make([]byte, 2<<20+4321)
			_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
			go func() {
				sendOver(source, bytes.NewReader(data))
				_ = source.CloseWrite()
			}()
			received, err := io.ReadAll(destination)
			if err != nil || sha256.Sum256(received) != sha256.Sum256(data) {
				t.Fatalf("%d of %d bytes came or others than were sent, error %v", len(received), len(data), err)
			}
			go func() {
				sendOver(destination, bytes.NewReader(data[:100000]))
				destination.Close()
			}()
			answer, err := io.ReadAll(source)
			if err != nil || !bytes.Equal(answer, data[:100000]) {
				t.Errorf("%d bytes came back or others than were sent, error %v", len(answer), err)
			}
			if c := p.Traffic(); c.Bytes != int64(len(data)) || !c.Last.After(c.First) || c.Mbps() <= 0 {
				t.Errorf("carried %+v, want %d bytes over some time", c, len(data))
			}
			if err := p.Err(); err != nil {
				t.Errorf("a transfer that ended is an error: %v", err)
			}
		})
	}
}

// TestProxyIsNeverFasterThanItsRate has real time in it, which may only be too long.
func TestProxyIsNeverFasterThanItsRate(t *testing.T) {
	for _, mbps := range []float64{100, 1000, 4000} {
		l := Link{Mbps: mbps}
		p := newPlace(t, l)
		start := time.Now()
		two := make(chan int64, 2)
		for range 2 {
			source, destination := p.connect(t)
			go floodLink(source, int(0.05*l.rate()))
			go func() {
				two <- drainLink(destination)
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
	sendOver(source, strings.NewReader("x"))
	if _, err := destination.Read(make([]byte, 1)); err != nil || time.Since(start) < latency {
		t.Errorf("the first byte took %v, want at least %v (error %v)", time.Since(start), latency, err)
	}
}

func TestProxyCloseLeavesNothing(t *testing.T) {
	p := newPlace(t, Link{Mbps: 100, Latency: time.Second})
	for range 3 {
		source, _ := p.connect(t)
		go floodLink(source, 64<<20)
	}
	start := time.Now()
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("closing took %v", d)
	}
	if _, err := os.Lstat(p.listen); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
	// A goroutine that has done its work may still be on its way out.
	left := goroutinesOfLink()
	for ; left != "" && time.Since(start) < 10*time.Second; left = goroutinesOfLink() {
		time.Sleep(time.Millisecond)
	}
	if left != "" {
		t.Errorf("still running:\n%s", left)
	}
}

// goroutinesOfLink returns the stacks of the goroutines that a proxy started.
func goroutinesOfLink() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var ours []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "link.(*Proxy)") || strings.Contains(stack, "link.(*stream)") {
			ours = append(ours, stack)
		}
	}
	return strings.Join(ours, "\n\n")
}

func TestProxyOnAbstractSockets(t *testing.T) {
	name := fmt.Sprintf("@vmmp-link-test-%d", os.Getpid())
	incoming, err := net.Listen("unix", name+"/in")
	if err != nil {
		t.Fatal(err)
	}
	defer incoming.Close()
	p, err := Start(Link{}, name+"/link", name+"/in", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	source, err := net.Dial("unix", name+"/link")
	if err != nil {
		t.Fatal(err)
	}
	go floodLink(source, 1000)
	destination, err := incoming.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer destination.Close()
	if n, err := io.Copy(io.Discard, destination); n != 1000 || err != nil {
		t.Errorf("%d of 1000 bytes came, error %v", n, err)
	}
}
