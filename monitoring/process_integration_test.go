//go:build integration

package monitoring

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait. Nothing is taken for granted after a time.
const patience = 90 * time.Second

// process is a program that runs beside the test.
type process struct {
	cmd   *exec.Cmd
	told  bytes.Buffer  // what it wrote, to be read once it has ended
	ended chan struct{} // closed once it has
	err   error         // that it ended with
}

// run starts a program in an empty folder. The test ends it, and shows what it wrote
// where something failed.
func run(t *testing.T, variables []string, program string, args ...string) *process {
	t.Helper()
	home := t.TempDir()
	p := &process{cmd: exec.Command(program, args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = home, &p.told, &p.told
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}, variables...)
	p.cmd.WaitDelay = 5 * time.Second // for what it started itself
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			t.Logf("%s wrote:\n%.4000s", filepath.Base(program), p.told.String())
		}
	})
	return p
}

// end stops the program in order, and where that takes too long at once.
func (p *process) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// installed is the path of a program of Debian's.
func installed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%v: .ci/setup installs it", err)
	}
	return path
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually waits until check answers nil, and fails the test where it does not.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	err := fmt.Errorf("not tried")
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("%s: not within %s: %v", what, patience, err)
}
