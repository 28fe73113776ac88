package historytest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/history"
)

// childRole is the variable that makes a test binary play a part in a test of several
// processes.
const childRole = "VMMP_HISTORY_CHILD"

// writeRole is the role of the processes that RunKilled starts.
const writeRole = "write"

// Main runs the tests of an implementation as its TestMain, and the parts that a test
// binary plays as a process of its own: those that RunKilled needs and those of roles,
// each of which returns an exit code.
func Main(m *testing.M, open Opener, roles map[string]func(location string) int) {
	switch role := os.Getenv(childRole); role {
	case "":
	case writeRole:
		open.writeUntilKilled(os.Args[1])
		os.Exit(1)
	default:
		os.Exit(roles[role](os.Args[1]))
	}
	// Each check works on a disk.
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Child returns a command that runs this test binary in a role, on the history at a
// location.
func Child(t testing.TB, role, location string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, location)
	// Under the race detector each of these short processes would sleep a second.
	c.Env = append(os.Environ(), childRole+"="+role, "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	return c
}

// writeUntilKilled opens a history, appends with eight writers and prints the group
// of each entry once it is acknowledged. It ends when an append fails.
func (open Opener) writeUntilKilled(location string) {
	s, err := open(context.Background(), location, time.Now)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	failed := make(chan error)
	for w := range 8 {
		go func() {
			for n := 0; ; n++ {
				group := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, n)
				b := history.Batch{Entries: []history.Entry{FullEntry(group)}, Key: group}
				if _, err := s.Append(context.Background(), b); err != nil {
					failed <- err
					return
				}
				os.Stdout.WriteString(group + "\n") //nolint:errcheck // whoever reads has killed this process
			}
		}()
	}
	fmt.Fprintln(os.Stderr, <-failed)
}

// A Writer is a process that appends until it is killed, and what it has had
// acknowledged.
type Writer struct {
	process      *exec.Cmd
	lines        *bufio.Reader
	errors       bytes.Buffer
	acknowledged []string
}

func startWriter(t testing.TB, location string) *Writer {
	t.Helper()
	w := &Writer{process: Child(t, writeRole, location)}
	w.process.Stderr = &w.errors
	out, err := w.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.lines = bufio.NewReader(out)
	if err := w.process.Start(); err != nil {
		t.Fatal(err)
	}
	return w
}

// Read reads acknowledgements, at most so many. What a killed process did not
// print to its end does not count.
func (w *Writer) Read(most int) {
	for range most {
		line, err := w.lines.ReadString('\n')
		if err != nil {
			return
		}
		w.acknowledged = append(w.acknowledged, strings.TrimSuffix(line, "\n"))
	}
}

// Kill ends the process without warning and reads what it had printed by then.
func (w *Writer) Kill(t testing.TB) {
	t.Helper()
	if err := w.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	w.Read(1 << 30)
	w.process.Wait() //nolint:errcheck // it was killed
}

// RunKilled lets interrupt kill a process that appends, and that Main runs, at a random
// moment of each round. All that was acknowledged must be there, once.
func RunKilled(t *testing.T, open Opener, location string, rounds int, interrupt func(*Writer)) {
	present := map[string]bool{}
	for round := range rounds {
		w := startWriter(t, location)
		w.Read(1 + rand.IntN(60))
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		interrupt(w)
		if len(w.acknowledged) == 0 {
			t.Fatalf("round %d: nothing was acknowledged: %s", round, w.errors.String())
		}
		s := open.Must(t, location, time.Now)
		fresh := map[string]bool{}
		for e, err := range history.All(t.Context(), s, history.Query{Limit: 1000}) {
			if err != nil {
				t.Fatal(err)
			}
			if present[e.Group] {
				break // all before it were there in an earlier round
			}
			if fresh[e.Group] {
				t.Errorf("round %d: %s is there twice", round, e.Group)
			}
			fresh[e.Group] = true
		}
		Close(t, s)
		for _, group := range w.acknowledged {
			if !fresh[group] {
				t.Errorf("round %d: %s was acknowledged and is lost", round, group)
			}
		}
		present = fresh
	}
}
