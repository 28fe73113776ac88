package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"vmmp/pkg/migration"
)

// Exit codes, a contract with shell scripts.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2 // bad usage, input or impossible request
	exitExceeded    = 3 // a stated limit would be exceeded
	exitInterrupted = 130
)

const exitHelp = `
EXIT STATUS
  0    the command did what was asked
  1    it failed
  2    bad usage, bad input or an impossible request
  3    a stated limit would be exceeded
  130  interrupted
`

// exitError is an error that stands for an exit code.
type exitError struct {
	err  error
	code int
}

// Error returns what went wrong.
func (e exitError) Error() string { return e.err.Error() }

// Unwrap returns the error without its exit code.
func (e exitError) Unwrap() error { return e.err }

// usage marks an error as one of the input: what was typed, or what a file held.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return exitError{err, exitUsage}
}

// exceeded returns the error of a limit that would be exceeded.
func exceeded(format string, args ...any) error {
	return exitError{fmt.Errorf(format, args...), exitExceeded}
}

// exitCode returns the exit code that err stands for.
func exitCode(err error) int {
	var coded exitError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &coded):
		return coded.code
	}
	return exitFailed
}

// report writes err to w, one fault a line.
func report(w io.Writer, err error) {
	if coded, ok := err.(exitError); ok { //nolint:errorlint // only the outermost: a deeper one is part of another error
		err = coded.err
	}
	var faults migration.Faults
	switch several := listed(err); {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "vmmp: interrupted")
	case several != nil:
		for _, one := range several {
			report(w, one)
		}
	case errors.As(err, &faults):
		for _, f := range faults {
			fmt.Fprintf(w, "vmmp: %s %s\n", f.Location, f.Message)
		}
	default:
		fmt.Fprintf(w, "vmmp: %v\n", err)
	}
}

// listed returns the errors that errors.Join put together, nil of any other error:
// one that wraps several in a sentence is a single one.
func listed(err error) []error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok || err.Error() != errors.Join(several.Unwrap()...).Error() {
		return nil
	}
	return several.Unwrap()
}
