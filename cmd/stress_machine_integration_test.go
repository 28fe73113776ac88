//go:build integration && linux

package cmd

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// processTicks is the processor time of a process in hundredths of a second, all
// threads together.
func processTicks(t *testing.T, pid int) float64 {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	const utime, stime = 11, 12 // counted from the field behind the name (proc(5))
	fields, sum := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])), 0.0
	for _, f := range fields[utime : stime+1] {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	return sum
}

// The live view of a load that does next to nothing costs little: less than 1 % of a core more than the same load
// without a terminal takes beside it, at the same time. What both take, with the machine measured and a prediction made
// every second, depends on the machine: 1 to 2.5 % of a core were seen, and twice the most would be a fault of ours.
func TestLiveViewIsCheap(t *testing.T) {
	const mostOfView, mostInAll = 1, 5
	person, program := pseudoTerminal(t, 100)
	viewed, plain := smallLoad(t, program), smallLoad(t, nil)
	program.Close()
	go looks(person, func(string) {})
	time.Sleep(4 * time.Second) // the quiet machine, and the model is read
	from, viewedBefore, plainBefore := time.Now(), processTicks(t, viewed.Process.Pid), processTicks(t, plain.Process.Pid)
	time.Sleep(10 * time.Second)
	passed := time.Since(from).Seconds()
	all := (processTicks(t, viewed.Process.Pid) - viewedBefore) / passed
	view := all - (processTicks(t, plain.Process.Pid)-plainBefore)/passed
	t.Logf("%.2f %% of a core, %.2f %% of it for the view", all, view)
	if view >= mostOfView || all >= mostInAll {
		t.Errorf("takes %.2f %% of a core, %.2f %% of it for the view; want less than %d and %d", all, view, mostInAll, mostOfView)
	}
	for _, c := range []*exec.Cmd{viewed, plain} {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if code := exitStatus(t, c.Wait()); code != exitInterrupted {
			t.Errorf("exit %d", code)
		}
	}
}

// smallLoad starts a load that does next to nothing, with its output going to the file; nil: nowhere.
func smallLoad(t *testing.T, output *os.File) *exec.Cmd {
	t.Helper()
	c := exec.Command("vmmp", "stress", "--vm", "1", "--vm-bytes", "1M", "--vm-dirty-rate", "1")
	if output != nil {
		c.Stdout = output
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}
