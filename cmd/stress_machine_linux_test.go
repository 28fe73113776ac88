package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stressed starts a load on a folder's disk without an end, and lets it go on until
// its first second was told. It answers what it tells until it has ended.
func stressed(t *testing.T, folder string, then func(*os.Process), args ...string) (code int, out, errs string) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var told bytes.Buffer
	c := exec.Command("vmmp", append([]string{"stress", "--io", "1", "--hdd", "1", "--hdd-bytes", "2M", "--temp-path", folder}, args...)...)
	c.Stdout, c.Stderr = writer, &told
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	signalled := false
	out = looks(reader, func(string) {
		if !signalled {
			signalled = true
			then(c.Process)
		}
	})
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out, told.String()
}

// signalling sends a signal.
func signalling(t *testing.T, s os.Signal) func(*os.Process) {
	return func(p *os.Process) {
		if err := p.Signal(s); err != nil {
			t.Error(err)
		}
	}
}

// emptied fails unless nothing is left in a folder.
func emptied(t *testing.T, folder string) {
	t.Helper()
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%s holds %v, %v", folder, left, err)
	}
}

// Ctrl-C ends a load with its summary.
func TestSignalsEndALoad(t *testing.T) {
	t.Parallel() // each waits for a process of its own
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		folder := t.TempDir()
		code, out, errs := stressed(t, folder, signalling(t, s))
		if code != exitInterrupted || errs != "vmmp: interrupted\n" {
			t.Errorf("%v: exit %d, stderr %q", s, code, errs)
		}
		for _, want := range []string{" s, interrupted\n", "\n  hdd  ", "\nPredicted downtime  "} {
			if !strings.Contains(out, want) {
				t.Errorf("%v: no %q in\n%s", s, want, out)
			}
		}
		emptied(t, folder)
	}
}

// A load that is killed leaves no file behind.
func TestKilledLoad(t *testing.T) {
	t.Parallel() // each waits for a process of its own
	folder := t.TempDir()
	if code, _, _ := stressed(t, folder, signalling(t, syscall.SIGKILL)); code != -1 {
		t.Errorf("exit %d", code)
	}
	emptied(t, folder)
}

// The kernel keeps a nice value for each thread; none of them is to be forgotten.
func TestNiceOfEveryThread(t *testing.T) {
	t.Parallel() // each waits for a process of its own
	threads := 0
	code, _, errs := stressed(t, t.TempDir(), func(p *os.Process) {
		for _, nice := range nices(t, p.Pid) {
			if threads++; nice != "15" {
				t.Errorf("a thread has the nice value %s", nice)
			}
		}
		signalling(t, os.Interrupt)(p)
	}, "--nice", "15", "--cpu", "2", "--cpu-load", "5")
	if code != exitInterrupted || threads < 4 {
		t.Errorf("exit %d, %d threads, stderr %q", code, threads, errs)
	}
}

// nices are the nice values of a process's threads.
func nices(t *testing.T, pid int) []string {
	t.Helper()
	tasks := fmt.Sprintf("/proc/%d/task", pid)
	threads, err := os.ReadDir(tasks)
	if err != nil {
		t.Error(err)
	}
	var values []string
	for _, thread := range threads {
		stat, err := os.ReadFile(tasks + "/" + thread.Name() + "/stat")
		if err != nil { // it ended meanwhile
			continue
		}
		const niceField = 16 // counted from the one behind the name (proc(5))
		values = append(values, strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))[niceField])
	}
	return values
}

// On a terminal the view is drawn in place, and the summary is what stays.
func TestStressOnATerminal(t *testing.T) {
	t.Parallel() // each waits for a process of its own
	person, program := pseudoTerminal(t, 100)
	c := exec.Command("vmmp", "stress", "--vm", "1", "--vm-bytes", "1M", "--vm-dirty-rate", "1", "--timeout", "1s")
	c.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=")
	c.Stdout, c.Stderr = program, program
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	page := looks(person, func(string) {})
	if code := exitStatus(t, c.Wait()); code != exitOK {
		t.Errorf("exit %d after %v: %s", code, time.Since(began), page)
	}
	for _, want := range []string{"measuring the quiet machine, 2s", "Downtime  \x1b[36m▁", "vm        1.", "\x1b[7A\r\x1b[J"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %q", want, page)
		}
	}
	if at := strings.LastIndex(page, "\x1b[J"); !strings.Contains(page[at:], "Predicted downtime") || strings.Contains(page[at:], "▁") {
		t.Errorf("what stays is %q", page[at:])
	}
}
