package history

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// child is this test binary in a role, as a process of its own.
func child(t testing.TB, role, location string) *exec.Cmd {
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
func writeUntilKilled(location string) int {
	s, err := Open(context.Background(), location)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	failed := make(chan error)
	for w := range 8 {
		go func() {
			for n := 0; ; n++ {
				group := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, n)
				if _, err := s.Append(context.Background(), Batch{Entries: []Entry{fullEntry(group)}, Key: group}); err != nil {
					failed <- err
					return
				}
				os.Stdout.WriteString(group + "\n") //nolint:errcheck // whoever reads has killed this process
			}
		}()
	}
	fmt.Fprintln(os.Stderr, <-failed)
	return 1
}

// writing is a child that writes, and what it has had acknowledged.
type writing struct {
	process      *exec.Cmd
	lines        *bufio.Reader
	errors       bytes.Buffer
	acknowledged []string
}

func startWriting(t testing.TB, location string) *writing {
	t.Helper()
	w := &writing{process: child(t, "write", location)}
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

// read reads acknowledgements, at most so many. What a killed process did not
// print to its end does not count.
func (w *writing) read(most int) {
	for range most {
		line, err := w.lines.ReadString('\n')
		if err != nil {
			return
		}
		w.acknowledged = append(w.acknowledged, strings.TrimSuffix(line, "\n"))
	}
}

// kill ends the process without warning and reads what it had printed by then.
func (w *writing) kill(t testing.TB) {
	t.Helper()
	if err := w.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	w.read(1 << 30)
	w.process.Wait() //nolint:errcheck // it was killed
}

// testKilled kills a writing process again and again at random moments; interrupt
// does it. All that was acknowledged must be there, once.
func testKilled(t *testing.T, location string, rounds int, interrupt func(*writing)) {
	present := map[string]bool{}
	for round := range rounds {
		w := startWriting(t, location)
		w.read(1 + rand.IntN(60))
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		interrupt(w)
		if len(w.acknowledged) == 0 {
			t.Fatalf("round %d: nothing was acknowledged: %s", round, w.errors.String())
		}
		s := open(t, location, time.Now)
		fresh := map[string]bool{}
		for e, err := range All(t.Context(), s, Query{Limit: 1000}) {
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
		shut(t, s)
		for _, group := range w.acknowledged {
			if !fresh[group] {
				t.Errorf("round %d: %s was acknowledged and is lost", round, group)
			}
		}
		present = fresh
	}
}

func TestKilled(t *testing.T) {
	testKilled(t, filepath.Join(t.TempDir(), "history.db"), 4, func(w *writing) { w.kill(t) })
}
