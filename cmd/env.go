package cmd

import (
	"context"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"vmmp/pkg/host"
)

// env is all that a command takes from its process: whole commands are tested
// in-process with another one.
type env struct {
	args   []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	now    func() time.Time
	// snapshot reads this machine over the given time.
	snapshot func(context.Context, time.Duration) (host.Snapshot, error)
}

// processEnv is that of the running process.
func processEnv() *env {
	return &env{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, now: time.Now, snapshot: host.Read,
	}
}

// defaultWidth is the width of text where there is no terminal to ask.
const defaultWidth = 80

// width is the number of columns of the terminal that w writes to, and whether it
// is one.
func width(w io.Writer) (int, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return defaultWidth, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return defaultWidth, false
	}
	return columns, true
}

// colored says whether text on w may be coloured: on a terminal whose user has not
// asked otherwise (no-color.org).
func (e *env) colored(w io.Writer) bool {
	_, terminal := width(w)
	return terminal && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}
