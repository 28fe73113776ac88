//go:build integration && linux

package cmd

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vmmp/pkg/lab/sweep"
	"vmmp/pkg/migration"
)

// labProcess is a vmmp that moves guests: a static one, that they can run too.
func labProcess(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "vmmp")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", exe, "vmmp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if kernel := os.Getenv("VMMP_TEST_KERNEL"); kernel != "" {
		args = append(args, "--kernel", kernel)
	}
	return vmmpProcess(t, exe, nil, args...)
}

func TestRealMigrationsFromTheCommandLine(t *testing.T) {
	c := labProcess(t, "simulate", "--backend", "qemu", "--memory", "256", "--vcpus", "1", "--net", "2000", "--downtime-limit", "300",
		"--count", "2", "--seed", "4", "--record", "mine.csv", "-o", "ndjson")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || errs.Len() > 0 {
		t.Fatalf("%d lines, and on standard error %q", len(lines), errs.String())
	}
	for _, line := range lines {
		var m struct {
			Features   map[string]any
			Prediction map[string]any
			Outcome    struct {
				Status   migration.Status
				Downtime float64 `json:"downtime_ms"`
				Total    float64 `json:"total_time_ms"`
			}
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		for f, want := range map[string]float64{"memory_mib": 256, "vcpus": 1, "network_bandwidth": 2000, "downtime_limit_ms": 300} {
			if m.Features[f] != want {
				t.Errorf("%s is %v, and %g was given", f, m.Features[f], want)
			}
		}
		for _, f := range []string{"cpu_load", "memory_usage", "resident_mib", "dirty_rate", "dirty_curve"} {
			if m.Features[f] == nil {
				t.Errorf("%s was not measured", f)
			}
		}
		if m.Prediction["predicted_downtime"] == nil || m.Outcome.Total <= 0 ||
			m.Outcome.Status == migration.Completed && !(m.Outcome.Downtime > 0 && m.Outcome.Downtime < m.Outcome.Total) {
			t.Errorf("%+v", m)
		}
	}
	rows, err := os.Open(filepath.Join(c.Dir, "mine.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	records, _, err := migration.ReadCSV(rows, migration.CSVOptions{})
	if err != nil || len(records) != 2 || records[0].Source != migration.SourceLab {
		t.Errorf("recorded %+v, %v", records, err)
	}
	if info, err := os.Stat(filepath.Join(c.Dir, "mine.csv"+sweep.TraceSuffix)); err != nil || info.Size() == 0 {
		t.Errorf("traces: %v", err)
	}
}

// However vmmp ends, its QEMUs end with it.
func TestNoQEMUOutlivesItsDriver(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "interrupted": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			c := labProcess(t, "simulate", "--backend", "qemu", "--memory", "256", "--count", "50", "-o", "ndjson")
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			mark := fmt.Sprintf("vmmp-lab-%d-", c.Process.Pid)
			if n := len(processesWith(t, mark)); n == 0 {
				t.Error("no QEMU runs")
			}
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = c.Wait()
			if code := c.ProcessState.ExitCode(); signal == syscall.SIGINT && code != exitInterrupted {
				t.Errorf("exit %d", code)
			}
			for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				left := processesWith(t, mark)
				if len(left) == 0 {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("left: %v", left)
				}
			}
		})
	}
}

// processesWith lists the processes whose command line holds text.
func processesWith(t *testing.T, text string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		if line, err := os.ReadFile(path); err == nil && strings.Contains(string(line), text) {
			found = append(found, path)
		}
	}
	return found
}
