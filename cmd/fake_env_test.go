package cmd

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/host"
)

// fakeEnv is an environment of a test's own: nothing of this process is in it.
type fakeEnv struct {
	env
	out, errs bytes.Buffer
	variables map[string]string
	clock     time.Time
}

func newFakeEnv(args ...string) *fakeEnv {
	c := &fakeEnv{variables: map[string]string{}, clock: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}
	c.env = env{
		args: args, stdin: strings.NewReader(""), stdout: &c.out, stderr: &c.errs,
		getenv: func(name string) string { return c.variables[name] },
		now:    func() time.Time { return c.clock },
		snapshot: func(context.Context, time.Duration) (host.Snapshot, error) {
			return host.Snapshot{}, errors.New("this test has no machine")
		},
		hypervisor: func(context.Context, int, time.Duration) (host.Hypervisor, error) {
			return host.Hypervisor{}, errors.New("this test has no QEMU")
		},
	}
	return c
}

// exits runs the command and fails the test unless it ends with the code.
func (c *fakeEnv) exits(t *testing.T, code int) {
	t.Helper()
	if got := execute(t.Context(), &c.env); got != code {
		t.Fatalf("vmmp %s: exit %d, want %d; stderr: %s", strings.Join(c.args, " "), got, code, c.errs.String())
	}
}

// failing is a standard output that takes nothing.
type failing struct{}

var errFull = errors.New("no space left on device")

func (failing) Write([]byte) (int, error) { return 0, errFull }
