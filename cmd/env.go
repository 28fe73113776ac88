package cmd

import (
	"context"
	"io"
	"os"
	"time"

	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/host"
)

// env is all that a command takes from its process: whole commands are tested in-process with another one.
type env struct {
	args   []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	now    func() time.Time
	// snapshot reads this machine over the given time.
	snapshot func(context.Context, time.Duration) (host.Snapshot, error)
	// hypervisor reads the QEMU of a process id over the given time.
	hypervisor func(context.Context, int, time.Duration) (host.Hypervisor, error)
}

// processEnv returns that of the running process.
func processEnv() *env {
	return &env{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, now: time.Now, snapshot: host.Read, hypervisor: host.ReadHypervisor,
	}
}

// liveInterval is the time over which rates of this machine are measured.
const liveInterval = time.Second

// colored reports whether results may be coloured.
func (e *env) colored() bool { return terminal.Colored(e.stdout, e.getenv) }

// newLive returns results of which some lines are kept up to date.
func (e *env) newLive() *terminal.Live {
	_, drawn := terminal.Width(e.stdout)
	return terminal.NewLive(e.stdout, e.now, drawn)
}
