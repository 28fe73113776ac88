package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
	"unsafe"

	"vmmp/cmd/internal/terminal/terminaltest"
)

// mostFileBytes is what the program called limited may write to one file.
const mostFileBytes = 4096

func init() {
	commands["limited"] = func() {
		limit := syscall.Rlimit{Cur: mostFileBytes, Max: mostFileBytes}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(99)
		}
		os.Exit(Execute())
	}
}

// A disk that is full while the model is saved costs neither the old model nor
// leaves half a file.
func TestFullDiskWhileSaving(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "model.vmmp")
	const old = "an older model"
	if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	c := exec.Command("limited", "train", "--samples", "200", "--trees", "10", "--out", path)
	c.Stdout, c.Stderr = &out, &errs
	if code := exitStatus(t, c.Run()); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	told := errs.String()
	if out.Len() > 0 || !strings.HasPrefix(told, "vmmp: save model: write "+path+": ") || !strings.Contains(told, "file too large\n") {
		t.Errorf("stdout %q, stderr %q", out.String(), told)
	}
	if strings.Contains(told, "goroutine") {
		t.Errorf("a panic: %s", told)
	}
	holdsOnly(t, folder, "model.vmmp", old)
}

// exitStatus is the exit code that a command ended with.
func exitStatus(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return 0
}

func TestFullDevice(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{
		{"predict", "--cpu", "75", "--mem", "68"},
		{"predict", "--input", "-", "-o", "csv"},
		{"predict", "--help"},
	} {
		var errs bytes.Buffer
		c := exec.Command("vmmp", args...)
		c.Stdin, c.Stdout, c.Stderr = strings.NewReader("cpu_load\n75\n"), full, &errs
		if code := exitStatus(t, c.Run()); code != exitFailed {
			t.Errorf("%v: exit %d", args, code)
		}
		if got := errs.String(); strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "no space left on device\n") {
			t.Errorf("%v told %q", args, got)
		}
	}
}

// Whoever has read enough, as head does, hears no complaint.
func TestReaderThatLeaves(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	var errs bytes.Buffer
	c := exec.Command("vmmp", "predict", "--cpu", "75", "--mem", "68")
	c.Stdout, c.Stderr = writer, &errs
	err = c.Run()
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGPIPE || errs.Len() > 0 {
		t.Errorf("ended with %v, stderr %q", err, errs.String())
	}
}

// A signal ends a wait for input that may never come.
func TestSignalWhileReading(t *testing.T) {
	for _, c := range []struct {
		verb, flag, told string
		signal           os.Signal
	}{
		{"predict", "--input", "vmmp: interrupted\n", syscall.SIGINT},
		{"predict", "--input", "vmmp: interrupted\n", syscall.SIGTERM},
		{"train", "--data", "vmmp: interrupted: no model was written\n", syscall.SIGINT},
	} {
		pipe := filepath.Join(t.TempDir(), "pipe.csv")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		running := exec.Command("vmmp", c.verb, c.flag, pipe)
		running.Stdout, running.Stderr = &out, &errs
		if err := running.Start(); err != nil {
			t.Fatal(err)
		}
		writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for the reader
		if err != nil {
			t.Fatal(err)
		}
		defer writer.Close()
		if err := running.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		if code := exitStatus(t, running.Wait()); code != exitInterrupted {
			t.Errorf("%s, %v: exit %d", c.verb, c.signal, code)
		}
		if out.Len() > 0 || errs.String() != c.told {
			t.Errorf("%s, %v: stdout %q, stderr %q", c.verb, c.signal, out.String(), errs.String())
		}
	}
}

// pseudoTerminal opens a terminal of so many columns: the side that a person looks
// at, and the side that a program writes to.
func pseudoTerminal(t *testing.T, columns uint16) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	var unlocked, number int32
	size := struct{ rows, columns, x, y uint16 }{rows: 24, columns: columns}
	for _, call := range []struct {
		request uintptr
		operand unsafe.Pointer
	}{
		{syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked)},
		{syscall.TIOCGPTN, unsafe.Pointer(&number)},
		{syscall.TIOCSWINSZ, unsafe.Pointer(&size)},
	} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), call.request, uintptr(call.operand)); errno != 0 {
			t.Fatal(errno)
		}
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// looks gathers what a program writes to a terminal, until it has closed it.
// Whatever is read so far is passed to seen.
func looks(person io.Reader, seen func(string)) string {
	var all strings.Builder
	p := make([]byte, 4096)
	for {
		n, err := person.Read(p)
		all.Write(p[:n])
		if err != nil { // EIO once the last program has closed its side
			return all.String()
		}
		seen(all.String())
	}
}

// On a terminal the text has its width and colours, unless these are not wanted.
func TestPredictOnATerminal(t *testing.T) {
	for _, c := range []struct {
		columns  uint16
		variable string
		coloured bool
	}{{60, "TERM=xterm", true}, {100, "TERM=xterm", true}, {300, "NO_COLOR=1", false}, {80, "TERM=dumb", false}} {
		person, program := pseudoTerminal(t, c.columns)
		running := exec.Command("vmmp", "predict", "--cpu", "75", "--mem", "68")
		running.Env = append(os.Environ(), "NO_COLOR=", "TERM=xterm", c.variable)
		running.Stdout = program
		if err := running.Start(); err != nil {
			t.Fatal(err)
		}
		program.Close()
		page := looks(person, func(string) {})
		if code := exitStatus(t, running.Wait()); code != exitOK {
			t.Errorf("exit %d", code)
		}
		if got := strings.Contains(page, "\x1b["); got != c.coloured {
			t.Errorf("%s: coloured is %v", c.variable, got)
		}
		longest := 0
		for line := range strings.SplitSeq(terminaltest.Bleach(page), "\r\n") {
			longest = max(longest, utf8.RuneCountInString(line))
		}
		if want := min(int(c.columns), 100); longest > want || longest < want-10 {
			t.Errorf("the longest line on %d columns has %d", c.columns, longest)
		}
	}
}

// A person who sees the bar and stops the training loses nothing but the training.
func TestInterruptedAtTheTerminal(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "model.vmmp")
	const old = "an older model"
	if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	person, program := pseudoTerminal(t, 80)
	running := exec.Command("vmmp", "train", "--population", "fleet", "--samples", "200", "--trees", "10000", "--out", path)
	running.Stderr = program
	var out bytes.Buffer
	running.Stdout = &out
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	told, signalled := false, error(nil)
	page := looks(person, func(sofar string) {
		if !told && strings.Contains(sofar, " trees") {
			told, signalled = true, running.Process.Signal(os.Interrupt)
		}
	})
	if code := exitStatus(t, running.Wait()); code != exitInterrupted || signalled != nil {
		t.Errorf("exit %d, signal: %v", code, signalled)
	}
	if last := terminaltest.LastLine(strings.TrimSuffix(strings.TrimSuffix(page, "\r\n"), "\n")); last != "vmmp: interrupted: no model was written" {
		t.Errorf("the terminal shows %q", last)
	}
	if out.Len() > 0 {
		t.Errorf("stdout %q", out.String())
	}
	holdsOnly(t, folder, "model.vmmp", old)
}
