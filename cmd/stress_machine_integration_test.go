//go:build integration && linux

package cmd

import (
	"bytes"
	"fmt"
	"math"
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

// The live view, with a load that does next to nothing, takes less than 2 % of a core. What others do on the machine
// makes it take more, never less: the least of three looks counts.
func TestLiveViewIsCheap(t *testing.T) {
	const most = 2
	person, program := pseudoTerminal(t, 100)
	c := exec.Command("vmmp", "stress", "--vm", "1", "--vm-bytes", "1M", "--vm-dirty-rate", "1")
	c.Stdout = program
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	go looks(person, func(string) {})
	time.Sleep(4 * time.Second) // the quiet machine, and the model is read
	percent := math.Inf(1)
	for look := 0; look < 3 && percent >= most; look++ {
		from, before := time.Now(), processTicks(t, c.Process.Pid)
		time.Sleep(10 * time.Second)
		percent = min(percent, (processTicks(t, c.Process.Pid)-before)/time.Since(from).Seconds())
		t.Logf("%.2f %% of a core", percent)
	}
	if percent >= most {
		t.Errorf("takes %.2f %% of a core, want less than %d", percent, most)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitStatus(t, c.Wait()); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
}
