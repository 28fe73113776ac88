//go:build integration

package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// engine is a Docker engine: the one that runs here already, or one of the test's own.
type engine struct {
	environment []string
	compose     []string // docker-compose, or docker compose where there is that
	network     *os.File // network namespace in which an engine of the test's own lives
}

// newEngine finds a Docker engine or starts one, which ends with the test and leaves
// nothing behind.
func newEngine(t *testing.T) *engine {
	t.Helper()
	e := &engine{environment: append(os.Environ(), "DOCKER_BUILDKIT=0")} // Debian's client has no BuildKit
	if e.command("info").Run() != nil {
		e.start(t)
	}
	e.compose = []string{"docker-compose"}
	if e.command("compose", "version").Run() == nil {
		e.compose = []string{"docker", "compose"}
	}
	return e
}

// start starts an engine. It has a network namespace of its own, so that neither its
// bridges and packet filters nor those of this machine get in each other's way.
func (e *engine) start(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("no Docker engine runs here, and only root may start one: start one, or run this test as root")
	}
	folder, err := os.MkdirTemp("", "vmmp-docker-")
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(folder, name) }
	log := new(bytes.Buffer)
	daemon := exec.Command("/bin/busybox", "sh", "-c", `busybox ip link set lo up && exec dockerd "$@"`, "dockerd",
		"--host=unix://"+at("socket"), "--data-root="+at("data"), "--exec-root="+at("exec"), "--pidfile="+at("pid"))
	daemon.Stdout, daemon.Stderr = log, log
	daemon.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := daemon.Start(); err != nil {
		t.Fatalf("start a Docker engine: %v: install Debian's packages docker.io and busybox", err)
	}
	ended := make(chan struct{})
	go func() {
		daemon.Wait() //nolint:errcheck // its log says more
		close(ended)
	}()
	t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		<-ended
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	e.environment = append(e.environment, "DOCKER_HOST=unix://"+at("socket"))
	for e.command("info").Run() != nil {
		select {
		case <-ended:
			t.Fatalf("the Docker engine does not start:\n%s", log)
		case <-time.After(100 * time.Millisecond):
		}
	}
	if e.network, err = os.Open(fmt.Sprintf("/proc/%d/ns/net", daemon.Process.Pid)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.network.Close() })
}

// dial connects to a port that the engine publishes.
func (e *engine) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if e.network == nil {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	var conn net.Conn
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread is of no use in another network
		if err = unix.Setns(int(e.network.Fd()), unix.CLONE_NEWNET); err == nil {
			conn, err = new(net.Dialer).DialContext(ctx, network, address)
		}
	}()
	<-done
	return conn, err
}

// command is a command of the client.
func (e *engine) command(args ...string) *exec.Cmd {
	c := exec.Command("docker", args...)
	c.Env = e.environment
	return c
}

// docker runs a command to its end and answers what it printed.
func (e *engine) docker(t testing.TB, args ...string) string {
	t.Helper()
	return printed(t, e.command(args...))
}

// printed runs a command to its end and answers its standard output, without the
// last end of line.
func printed(t testing.TB, c *exec.Cmd) string {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(c.Args, " "), err, tail(out.String()), tail(errs.String()))
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// tail is the end of a text, which says what went wrong.
func tail(text string) string {
	const most = 4000
	return text[max(0, len(text)-most):]
}

// has says whether there is an image of that name.
func (e *engine) has(image string) bool {
	return e.command("image", "inspect", image).Run() == nil
}

// load makes an image of a tar archive that write writes, for as long as the test runs.
func (e *engine) load(t *testing.T, image string, changes []string, write func(io.Writer) error) {
	t.Helper()
	args := []string{"import"}
	for _, change := range changes {
		args = append(args, "--change", change)
	}
	load := e.command(append(args, "-", image)...)
	archive, err := load.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		written <- write(archive)
		archive.Close()
	}()
	told, err := load.CombinedOutput()
	if err = errors.Join(<-written, err); err != nil {
		t.Fatalf("import %s: %v: %s", image, err, told)
	}
	e.forget(t, image)
}

// lines are those of a text, none of an empty one.
func lines(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return line == "" })
}
