package qemu

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/qmptest"
	"vmmp/pkg/source"
)

// fault checks an error: of what kind it is, what its one line says, and that it names the place.
func fault(t *testing.T, err, kind error, place string, say ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("%v, want one that is %v", err, kind)
	}
	for _, text := range append(say, place) {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
	if strings.Contains(err.Error(), "\n") || len(err.Error()) > 420 {
		t.Errorf("not one clear line: %q", err)
	}
}

func TestMissingSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.qmp")
	_, err := Open(soon(t), path)
	fault(t, err, source.ErrGone, path, "there is no socket", "-qmp unix:")
}

func TestNobodyListens(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	vm := only(t, s)
	folder := filepath.Join(filepath.Dir(q.Path), "left")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: folder, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	_, err = Open(soon(t), folder)
	fault(t, err, source.ErrGone, folder, "nothing listens")
	q.Quit()
	_, err = s.Observe(soon(t), vm, source.Ask{})
	fault(t, err, source.ErrGone, q.Path)
}

func TestPermissionDenied(t *testing.T) {
	err := address{"unix", "/run/web.qmp"}.unreached(t.Context(), &net.OpError{Op: "dial", Net: "unix",
		Err: os.NewSyscallError("connect", syscall.EACCES)})
	fault(t, err, source.ErrDenied, "/run/web.qmp", "become root or the user that its QEMU runs as")
}

// A monitor that serves somebody else accepts, and says nothing.
func TestHeldByAnother(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	vm := only(t, s)
	other, err := qmp.Dial(soon(t), "unix", q.Path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err = s.Observe(ctx, vm, source.Ask{})
	fault(t, err, context.DeadlineExceeded, q.Path, "another client holds its monitor", "second -qmp")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	err = address{"unix", q.Path}.unreached(t.Context(), &net.OpError{Op: "dial", Err: syscall.EAGAIN}) // more wait than may
	fault(t, err, syscall.EAGAIN, q.Path, "another client holds its monitor")
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	only(t, s)
}

func TestNotQMP(t *testing.T) {
	q := qmptest.Start(t)
	q.Greet("QEMU 10.0.2 monitor - type 'help' for more information")
	_, err := Open(soon(t), q.Path)
	fault(t, err, qmp.ErrClosed, q.Path, "speaks, but not QMP", "human monitor")
}

func TestHangsUpAtOnce(t *testing.T) {
	q := qmptest.Start(t)
	q.Greet("")
	go func() {
		time.Sleep(20 * time.Millisecond)
		q.Cut("")
	}()
	_, err := Open(soon(t), q.Path)
	fault(t, err, qmp.ErrClosed, q.Path, "hung up before it had greeted")
}

// A QEMU that has greeted, and then says nothing.
func TestHung(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	vm := only(t, s)
	q.Answer("query-balloon", func(map[string]any) string { return "" })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := s.Observe(ctx, vm, source.Ask{})
	fault(t, err, context.DeadlineExceeded, q.Path, "query-balloon", "no reply")
	q.Answer("query-balloon", qmptest.Return(`{"actual": 268435456}`))
	if _, err := s.Observe(soon(t), vm, source.Ask{}); err != nil {
		t.Errorf("once it answers again: %v", err)
	}
}

// Somebody who waits for ever is not kept waiting for ever.
func TestNoAnswerForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		c, err := qmp.NewClient(t.Context(), qmptest.Dial(t, func(s *qmptest.Server) {
			s.Command("query-status")
			<-over
		}))
		if err != nil {
			t.Fatal(err)
		}
		s := &session{Client: c, at: address{"unix", "/run/web.qmp"}}
		began := time.Now()
		err = s.Execute(context.Background(), "query-status", nil, nil)
		fault(t, err, context.DeadlineExceeded, "/run/web.qmp", "has not answered for 10s", "query-status")
		if took := time.Since(began); took != answerTimeout {
			t.Errorf("it took %v", took)
		}
		close(over)
		_ = c.Close()
	})
}

func TestCutInTheMiddleOfAnAnswer(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	vm := only(t, s)
	q.Answer("query-migrate-parameters", func(map[string]any) string {
		q.Cut(`{"return": {"downtime-limit": 3`)
		return ""
	})
	_, err := s.Observe(soon(t), vm, source.Ask{})
	fault(t, err, source.ErrGone, q.Path, "query-migrate-parameters", "was cut in the middle")
}

func TestEndsBetweenTwoSamples(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	vm := only(t, s)
	var samples atomic.Int32
	q.Answer("query-blockstats", func(map[string]any) string {
		if samples.Add(1) > 1 {
			q.Cut("")
			return ""
		}
		return `"return": []`
	})
	_, err := s.Observe(soon(t), vm, source.Ask{})
	fault(t, err, source.ErrGone, q.Path, "QEMU has quit or crashed")
}

// The guest shuts down between two samples, and its QEMU stays.
func TestShutsDownBetweenTwoSamples(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	vm := only(t, s)
	var asked atomic.Int32
	q.Answer("query-status", func(map[string]any) string {
		if asked.Add(1) > 1 {
			return `"return": {"status": "shutdown"}`
		}
		return `"return": {"status": "running"}`
	})
	_, err := s.Observe(soon(t), vm, source.Ask{})
	fault(t, err, source.ErrGone, q.Path, "its guest has shut down")
}

func TestDoesNotRunHere(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	for status, say := range map[string]string{
		"inmigrate": "waits for a migration to come in", "postmigrate": "has moved away", "shutdown": "has shut down",
	} {
		q.Answer("query-status", qmptest.Return(`{"status": "`+status+`"}`))
		_, err := s.Observe(soon(t), only(t, s), source.Ask{})
		fault(t, err, source.ErrGone, q.Path, say)
	}
}

func TestClosedMeanwhile(t *testing.T) {
	q := qmptest.Start(t)
	s := opened(t, q)
	vm := only(t, s)
	begun := make(chan struct{})
	q.Answer("query-balloon", func(map[string]any) string {
		close(begun)
		return ""
	})
	go func() {
		<-begun
		_ = s.Close()
	}()
	if _, err := s.Observe(soon(t), vm, source.Ask{}); !errors.Is(err, errClosed) || errors.Is(err, source.ErrGone) {
		t.Errorf("what was under way: %v", err)
	}
	if _, err := s.Observe(soon(t), vm, source.Ask{}); !errors.Is(err, errClosed) {
		t.Errorf("what comes after: %v", err)
	}
}
