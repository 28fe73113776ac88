package link

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
	if err := p.Err(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), p.dial) {
		t.Errorf("got %v, want that %s does not exist", err, p.dial)
	}
}

// TestProxyEndsBothWhenOneDies kills either side in the middle of a transfer.
func TestProxyEndsBothWhenOneDies(t *testing.T) {
	for _, l := range []Link{{}, {Mbps: 1000, Latency: time.Millisecond}} {
		p := newPlace(t, l)
		source, destination := p.connect(t)
		go func() {
			receiveOver(destination, 1<<20)
			destination.Close()
		}()
		if n, err := io.Copy(source, zeros{}); err == nil {
			t.Errorf("%+v: %d bytes went to a destination that is gone", l, n)
		}
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), "link ") {
			t.Errorf("%+v: kept %v, want why the connection ended", l, err)
		}
	}
}

// TestProxyWaitsForAFullQueue has a destination whose queue has no place for the connection at first.
func TestProxyWaitsForAFullQueue(t *testing.T) {
	p := newPlace(t, Link{})
	raw, err := p.incoming.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if e := raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) }); e != nil || err != nil {
		t.Fatal(e, err)
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
	sendOver(source, strings.NewReader("x"))
	deadline := time.Now().Add(5 * time.Second)
	for !strings.Contains(goroutinesOfLink(), "link.(*sleeper).until") && p.Err() == nil && time.Now().Before(deadline) {
		time.Sleep(100 * time.Microsecond) // until it has been refused and waits
	}
	if err := p.incoming.SetDeadline(deadline); err != nil {
		t.Fatal(err)
	}
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
	t.Errorf("what the source sent never came: %v", p.Err())
}

func TestStartRefuses(t *testing.T) {
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
			p, err := Start(test.link, test.listen, test.dial, 1)
			if err == nil {
				t.Cleanup(func() { _ = p.Close() })
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
