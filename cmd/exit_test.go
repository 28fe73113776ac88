package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"vmmp/pkg/migration"
)

var errPlain = errors.New("disk on fire")

func TestExitCode(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"nothing":             {nil, 0},
		"a failure":           {errPlain, 1},
		"usage":               {usage(errPlain), 2},
		"usage of nothing":    {usage(nil), 0},
		"usage, wrapped":      {fmt.Errorf("read: %w", usage(errPlain)), 2},
		"usage, joined":       {errors.Join(usage(errPlain), usage(errPlain)), 2},
		"faults":              {usage(migration.Faults{{Location: "cpu_load"}}.Err()), 2},
		"a limit":             {exceeded("over by %d", 1), 3},
		"an interrupt":        {context.Canceled, 130},
		"an interrupted read": {usage(fmt.Errorf("read: %w", context.Canceled)), 130},
		"no model":            {trainingFault(fmt.Errorf("grow: %w", context.Canceled)), 130},
		"a deadline":          {context.DeadlineExceeded, 1},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%s: exit %d, want %d", name, got, c.want)
		}
	}
}

func TestReport(t *testing.T) {
	faults := migration.Faults{{Location: "--cpu", Message: "is hot"}, {Location: "--mem", Message: "is full"}}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a failure":    {errPlain, "vmmp: disk on fire\n"},
		"usage":        {usage(errPlain), "vmmp: disk on fire\n"},
		"faults":       {usage(faults.Err()), "vmmp: --cpu is hot\nvmmp: --mem is full\n"},
		"joined":       {errors.Join(usage(errPlain), exceeded("too long")), "vmmp: disk on fire\nvmmp: too long\n"},
		"an interrupt": {fmt.Errorf("read: %w", context.Canceled), "vmmp: interrupted\n"},
		"no model":     {trainingFault(context.Canceled), "vmmp: interrupted: no model was written\n"},
	} {
		var w bytes.Buffer
		if report(&w, c.err); w.String() != c.want {
			t.Errorf("%s: %q, want %q", name, w.String(), c.want)
		}
	}
}

// A result that nobody got is a failure, told in one line.
func TestFullStandardOutput(t *testing.T) {
	for _, args := range [][]string{
		{"predict", "--cpu", "75", "--mem", "68"},
		{"predict", "--cpu", "75", "--mem", "68", "-o", "json"},
		{"predict", "--input", "-"},
		{"predict", "--input", "-", "-o", "json"},
		{"predict", "--input", "-", "-o", "ndjson"},
		{"train", "--samples", "100", "--trees", "2"},
		{"train", "--samples", "100", "--trees", "2", "-o", "json"},
		{"version"},
		{"version", "-o", "json"},
		{"help"},
		{"predict", "--help"},
		{"completion", "bash"},
	} {
		c := newFakeEnv(args...)
		c.stdin = bytes.NewBufferString("cpu_load\n75\n")
		c.stdout = failing{}
		c.exits(t, exitFailed)
		told := c.errs.String()
		if bytes.Count(c.errs.Bytes(), []byte("\n")) != 1 || told[:6] != "vmmp: " || !bytes.Contains(c.errs.Bytes(), []byte(errFull.Error())) {
			t.Errorf("%v told %q", args, told)
		}
	}
}
