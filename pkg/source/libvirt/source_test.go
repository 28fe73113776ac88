package libvirt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

func TestSocketMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	_, err := Open(t.Context(), "qemu+unix:///system?socket="+path)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) ||
		!strings.Contains(err.Error(), "does libvirtd or virtqemud run?") {
		t.Error(err)
	}
}

func TestNobodyListens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stale")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = listener.Close()
	if _, err := Open(t.Context(), "qemu+unix:///system?socket="+path); err == nil ||
		!strings.Contains(err.Error(), "does libvirtd or virtqemud run?") {
		t.Error(err)
	}
}

// newPlace returns a system's libvirt whose sockets lie in a folder of the test.
func newPlace(t *testing.T) place {
	t.Helper()
	p, err := parsePlace("qemu:///system")
	if err != nil {
		t.Fatal(err)
	}
	p.folder = t.TempDir()
	return p
}

func TestNotPermittedToWriteButToRead(t *testing.T) {
	p := newPlace(t)
	d := newDomain("web-1")
	writes := newFakeAt(t, filepath.Join(p.folder, "libvirt-sock"), d)
	writes.auth = []uint32{2} // polkit
	writes.refusals[procPolkit] = golibvirt.Error{Code: uint32(golibvirt.ErrAuthUnavailable), Message: "no polkit agent"}
	newFakeAt(t, filepath.Join(p.folder, "libvirt-sock-ro"), d)
	s := newSource(p)
	t.Cleanup(func() { _ = s.Close() })
	ask := quick
	ask.DirtyRate = true
	o, err := s.Observe(t.Context(), d.vm(), ask)
	if err != nil || !o.Features.Known().Has(migration.CPULoad) || o.Features.Known().Has(migration.DirtyRate) {
		t.Errorf("%v, %v", o.Features, err)
	}
	if !strings.Contains(strings.Join(o.Notes, "\n"), "speed limit and dirty rate are not known, since this user may only read") {
		t.Errorf("notes %q", o.Notes)
	}
}

func TestNotPermittedAtAll(t *testing.T) {
	p := newPlace(t)
	f := newFakeAt(t, filepath.Join(p.folder, "virtqemud-sock"))
	f.refusals[procOpen] = golibvirt.Error{Code: uint32(golibvirt.ErrAuthFailed), Message: "authentication failed"}
	if _, err := p.connect(t.Context()); !errors.Is(err, source.ErrDenied) || !strings.Contains(err.Error(), p.uri) {
		t.Error(err)
	}
}

func TestHangs(t *testing.T) {
	t.Parallel()
	for name, proc := range map[string]uint32{"at the first word": procAuthList, "later": procStats} {
		t.Run(name, func(t *testing.T) {
			d := newDomain("web-1")
			f := newFake(t, d)
			f.do(func() { f.stuck[proc] = true })
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			began := time.Now()
			s, err := Open(ctx, f.uri())
			if err == nil {
				defer s.Close()
				_, err = s.Observe(ctx, d.vm(), quick)
			}
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 2*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	}
}

func TestGoesOnAfterHanging(t *testing.T) {
	t.Parallel()
	d := newDomain("web-1")
	f := newFake(t, d)
	s := f.open(t)
	before := runtime.NumGoroutine()
	f.do(func() { f.stuck[procStats] = true })
	for range 30 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := s.List(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		cancel()
	}
	f.do(func() { f.stuck[procStats] = false })
	if _, err := s.List(t.Context()); err != nil {
		t.Errorf("once it answers again: %v", err)
	}
	if left := runtime.NumGoroutine() - before; left > 300 {
		t.Errorf("%d goroutines more than before", left)
	}
}

func TestCutInTheMiddleOfAnAnswer(t *testing.T) {
	d := newDomain("web-1")
	f := newFake(t, d)
	s := f.open(t)
	f.do(func() { f.cut[procStats] = true })
	if _, err := s.Observe(t.Context(), d.vm(), quick); err == nil ||
		!strings.Contains(err.Error(), "cut in the middle of an answer") {
		t.Error(err)
	}
	f.do(func() { f.cut[procStats] = false })
	if _, err := s.Observe(t.Context(), d.vm(), quick); err != nil {
		t.Errorf("the next call, on a new connection: %v", err)
	}
}

func TestRestarted(t *testing.T) {
	d := newDomain("web-1")
	f := newFake(t, d)
	s := f.open(t)
	f.drop()
	var err error
	for range 100 { // until the end is noticed
		if _, err = s.List(t.Context()); err == nil {
			return
		}
	}
	t.Error(err)
}

func TestSpeaksSomethingElse(t *testing.T) {
	for name, said := range map[string]string{
		"HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n", "too short": "\x00\x00\x00\x05hello", "nothing": "",
		"half a length": "\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				conn, err := listener.Accept()
				if err == nil {
					_, _ = conn.Write([]byte(said))
					_, _ = conn.Read(make([]byte, 64))
					_ = conn.Close()
				}
			}()
			_, err = Open(t.Context(), fmt.Sprintf("qemu+tcp://%s/system", listener.Addr()))
			if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "qemu+tcp://127.0.0.1") {
				t.Error(err)
			}
			t.Log(err)
		})
	}
}

func TestOverTCP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveFake(t, listener, newDomain("web-1"))
	s, err := Open(t.Context(), fmt.Sprintf("qemu+tcp://%s/system", listener.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if vms, err := s.List(t.Context()); err != nil || len(vms) != 1 {
		t.Errorf("%v, %v", vms, err)
	}
}

func TestOpensWhatTheEnvironmentNames(t *testing.T) {
	f := newFake(t, newDomain("web-1"))
	t.Setenv("LIBVIRT_DEFAULT_URI", f.uri())
	s, err := Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}

func TestOpensTheSession(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("LIBVIRT_DEFAULT_URI", "")
	t.Setenv("XDG_RUNTIME_DIR", folder)
	newFakeAt(t, sessionSocket(t, folder), newDomain("web-1"))
	s, err := Open(t.Context(), "qemu:///session")
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
}

func TestClosed(t *testing.T) {
	d := newDomain("web-1")
	f := newFake(t, d)
	s := f.open(t)
	f.do(func() { f.stuck[procStats] = true })
	failed := make(chan error)
	go func() {
		_, err := s.List(context.WithoutCancel(t.Context()))
		failed <- err
	}()
	for waiting := true; waiting; time.Sleep(time.Millisecond) {
		f.do(func() { waiting = f.calls[procStats] == 0 })
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if err := <-failed; err == nil {
		t.Error("a call under way does not fail")
	}
	if err := s.Watch(t.Context(), func(source.Ended) {}); err == nil {
		t.Error("a closed source watches")
	}
}
