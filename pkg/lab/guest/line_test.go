package guest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeGuest listens where a QEMU would, and talks to each connection in turn.
func fakeGuest(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tty")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			talk(conn)
			_ = conn.Close()
		}
	}()
	return path
}

// serve answers as a guest that runs does.
func serve(conn net.Conn) {
	_ = serveLine(conn, func(verb, arguments string) (string, error) {
		switch verb {
		case "ping":
			return greeting, nil
		case "no":
			return "", errors.New("no room")
		}
		return arguments, nil
	})
}

// within ends a test's requests that hang.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func dialFake(t *testing.T, talk func(net.Conn)) *Line {
	t.Helper()
	l, err := Dial(within(t, 10*time.Second), fakeGuest(t, talk))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestSerialLine(t *testing.T) {
	l := dialFake(t, serve)
	ctx := within(t, 10*time.Second)
	for i := range 3 {
		want := fmt.Sprint("n=", i)
		if got, err := l.request(ctx, "echo "+want); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if _, err := l.request(ctx, "no"); err == nil || !strings.Contains(err.Error(), "ask guest to no: no room") {
		t.Errorf("got %v", err)
	}
	if _, err := l.request(ctx, "echo\n5 echo"); err == nil {
		t.Error("two lines are sent as one")
	}
	if err := l.Set(ctx, Workload{CPU: 7}); err == nil || !strings.Contains(err.Error(), "cpu is 7") {
		t.Errorf("got %v", err)
	}
}

// TestSerialLineSkipsWhatIsStale dials into the middle of an earlier talk: half a reply, and whole replies to other
// numbers.
func TestSerialLineSkipsWhatIsStale(t *testing.T) {
	l := dialFake(t, func(conn net.Conn) {
		_, _ = fmt.Fprint(conn, "rt=7 left over\n4 ok late\n")
		in := bufio.NewReader(conn)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			number, verb, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch verb {
			case "ping":
				_, _ = fmt.Fprintf(conn, "5 ok other\n%s ok %s\n", number, greeting)
			case "stat":
				_, _ = fmt.Fprintf(conn, "x\n\n%s0 ok wrong\n%s ok right\n", number, number)
			}
		}
	})
	if got, err := l.request(within(t, 10*time.Second), "stat"); got != "right" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestDialSerialWaitsForTheGuest pings a guest that loses the first request, as one that is booting does.
func TestDialSerialWaitsForTheGuest(t *testing.T) {
	dialFake(t, func(conn net.Conn) {
		lost := make([]byte, 4)
		_, _ = conn.Read(lost)
		serve(conn)
	})
}

func TestDialSerialEnds(t *testing.T) {
	silent := fakeGuest(t, func(conn net.Conn) { _, _ = bufio.NewReader(conn).ReadString(0) })
	ctx := within(t, 100*time.Millisecond)
	if _, err := Dial(ctx, silent); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent guest: got %v", err)
	}
	gone := fakeGuest(t, func(net.Conn) {})
	if _, err := Dial(within(t, 10*time.Second), gone); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a guest that hangs up: got %v", err)
	}
	noisy := fakeGuest(t, func(conn net.Conn) {
		for err := error(nil); err == nil; {
			_, err = fmt.Fprintln(conn, "noise")
		}
	})
	if _, err := Dial(within(t, 100*time.Millisecond), noisy); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a noisy line: got %v", err)
	}
	other := fakeGuest(t, func(conn net.Conn) {
		_ = serveLine(conn, func(string, string) (string, error) { return "vmmp-guest 9", nil })
	})
	if _, err := Dial(within(t, 10*time.Second), other); err == nil || !strings.Contains(err.Error(), "vmmp-guest 9") {
		t.Errorf("a guest of another version: got %v", err)
	}
}

// TestSerialLineOutlivesAContext asks again behind a request that was given up.
func TestSerialLineOutlivesAContext(t *testing.T) {
	release := make(chan struct{})
	l := dialFake(t, func(conn net.Conn) {
		_ = serveLine(conn, func(verb, _ string) (string, error) {
			if verb == "slow" {
				<-release
				return "late", nil
			}
			return greeting, nil
		})
	})
	if _, err := l.request(within(t, 50*time.Millisecond), "slow"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	close(release)
	if got, err := l.request(within(t, 10*time.Second), "ping"); got != greeting || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
