package cmd

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"vmmp/cmd/internal/render"
	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

// shownMachine is what the made-up machine of these tests does.
var shownMachine = host.Snapshot{
	CPUPercent: 12, MemoryPercent: 40, DiskMBps: 3.5, LinkMbps: 1000, TrafficMbps: 7, MemoryMiB: 16384, ResidentMiB: 6553, CPUs: 8,
	Interval: time.Second,
}

// loading is an environment whose machine is made up: the nth reading calls reading.
func loading(reading func(n int) (host.Snapshot, error), args ...string) *fakeEnv {
	c, n := newFakeEnv(append([]string{"stress"}, args...)...), 0
	c.snapshot = func(context.Context, time.Duration) (host.Snapshot, error) {
		n++
		return reading(n)
	}
	return c
}

func still(int) (host.Snapshot, error) { return shownMachine, nil }

// summaryOf reads what -o json tells of a load.
func (c *fakeEnv) summaryOf(t *testing.T) render.LoadResult {
	t.Helper()
	var s render.LoadResult
	if err := json.Unmarshal(c.out.Bytes(), &s); err != nil {
		t.Fatalf("%v: %s", err, c.out.String())
	}
	return s
}

// Of two machines that differ in what the load dirties, the prediction tells them
// apart.
func TestPredictionFollowsTheLoad(t *testing.T) {
	c := loading(still, "--vm", "2", "--vm-bytes", "64M", "--vm-dirty-rate", "60", "--timeout", "1s", "-o", "json")
	c.exits(t, exitOK)
	s := c.summaryOf(t)
	if s.Quiet.DirtyRate != 0 || !(s.Loaded.DirtyRate > 60 && s.Loaded.DirtyRate < 132) {
		t.Errorf("dirty rate %g, then %g; want that of both workers", s.Quiet.DirtyRate, s.Loaded.DirtyRate)
	}
	if !(s.Loaded.PredictedDowntime > 1.2*s.Quiet.PredictedDowntime) {
		t.Errorf("predicted %g ms, and %g ms under load", s.Quiet.PredictedDowntime, s.Loaded.PredictedDowntime)
	}
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	x := shownMachine.Features()
	x.Set(migration.DirtyRate, 0)
	x.Set(migration.WorkingSetMiB, 128)
	if want := m.Predict(x, model.Options{}).PredictedDowntime; math.Abs(float64(s.Quiet.PredictedDowntime)-want) > 1e-9 {
		t.Errorf("predicted %g ms of the quiet machine, want %g", s.Quiet.PredictedDowntime, want)
	}
}

// Without a load on memory nothing is known of the dirty rate.
func TestUnknownIsNull(t *testing.T) {
	blind := func(int) (host.Snapshot, error) {
		nan := math.NaN()
		return host.Snapshot{CPUPercent: 50, MemoryPercent: nan, DiskMBps: nan, LinkMbps: nan, TrafficMbps: nan, MemoryMiB: nan, ResidentMiB: nan}, nil
	}
	c := loading(blind, "--cpu", "1", "--cpu-load", "5", "--timeout", "300ms", "-o", "ndjson")
	c.exits(t, exitOK)
	line, _, _ := strings.Cut(c.out.String(), "\n")
	for _, want := range []string{`"cpu_load":50,`, `"memory_usage":null,"disk_io":null,"network_mbps":null,"dirty_rate":null,"predicted_downtime":`} {
		if !strings.Contains(line, want) {
			t.Errorf("no %s in %s", want, line)
		}
	}
}

// An interrupt ends the load with its summary; before the load there is none.
func TestInterruptedStress(t *testing.T) {
	for n, c := range map[int]struct{ told string }{1: {""}, 4: {`"interrupted": true`}} {
		ctx, cancel := context.WithCancel(t.Context())
		fake := loading(func(reading int) (host.Snapshot, error) {
			if reading == n {
				cancel()
				return host.Snapshot{}, ctx.Err()
			}
			return shownMachine, nil
		}, "--vm", "1", "--vm-bytes", "1M", "--timeout", "1m", "--temp-path", t.TempDir(), "--io", "1", "-o", "json")
		if code := execute(ctx, &fake.env); code != exitInterrupted || fake.errs.String() != "vmmp: interrupted\n" {
			t.Errorf("reading %d: exit %d, stderr %q", n, code, fake.errs.String())
		}
		if told := fake.out.String(); !strings.Contains(told, c.told) || (told == "") != (c.told == "") {
			t.Errorf("reading %d: stdout %q", n, told)
		}
	}
}

func TestMachineThatCannotBeRead(t *testing.T) {
	for _, n := range []int{1, 3} {
		c := loading(func(reading int) (host.Snapshot, error) {
			if reading == n {
				return host.Snapshot{}, errPlain
			}
			return shownMachine, nil
		}, "--vm", "1", "--vm-bytes", "1M", "--timeout", "1m")
		c.exits(t, exitFailed)
		if c.out.Len() > 0 || c.errs.String() != "vmmp: read this machine: "+errPlain.Error()+"\n" {
			t.Errorf("reading %d: stdout %q, stderr %q", n, c.out.String(), c.errs.String())
		}
	}
}

// Nobody is loaded for an hour for a report that cannot be written.
func TestStressThatCannotBeTold(t *testing.T) {
	for _, form := range []string{"text", "ndjson"} {
		c := loading(still, "--vm", "1", "--vm-bytes", "1M", "--timeout", "1h", "-o", form)
		c.stdout = failing{}
		c.exits(t, exitFailed)
		if want := "vmmp: write result: " + errFull.Error() + "\n"; c.errs.String() != want {
			t.Errorf("-o %s told %q, want %q", form, c.errs.String(), want)
		}
	}
	c := loading(still, "--vm", "1", "--vm-bytes", "1M", "--timeout", "100ms", "-o", "json")
	c.stdout = failing{}
	c.exits(t, exitFailed)
}

func TestStressMetrics(t *testing.T) {
	var c *fakeEnv
	shown := ""
	c = loading(func(n int) (host.Snapshot, error) {
		if n == 4 { // of the load, after one reading of it
			_, url, _ := strings.Cut(strings.TrimSpace(c.errs.String()), "vmmp: metrics on ")
			shown = fetchPage(t, url)
		}
		return shownMachine, nil
	}, "--vm", "1", "--vm-bytes", "1M", "--vm-dirty-rate", "1", "--timeout", "1s", "--metrics-addr", "127.0.0.1:0")
	c.exits(t, exitOK)
	for _, want := range []string{
		"\nvmmp_host_cpu_usage_ratio 0.12\n", "\nvmmp_host_disk_io_bytes_per_second 3.5e+06\n", "\nvmmp_host_network_bytes_per_second 875000\n",
		"\nvmmp_stress_dirty_target_bytes_per_second 1.048", "\nvmmp_stress_dirty_bytes_per_second ", "\nvmmp_stress_predicted_downtime_seconds 0.",
		"\nvmmp_stress_work_total{stressor=\"vm\"} ", "\nvmmp_stress_workers{stressor=\"vm\"} 1\n",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	if strings.Contains(shown, "vmmp_stress_cpu") {
		t.Error("shows a load on processors that there is not")
	}
}

// fetchPage returns what a URL answers.
func fetchPage(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func TestStressAddressThatIsTaken(t *testing.T) {
	first := loading(still)
	taken, err := showMetrics(t.Context(), &first.env, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.close()
	_, addr, _ := strings.Cut(strings.TrimSuffix(first.errs.String(), "/metrics\n"), "http://")
	c := loading(still, "--vm", "1", "--vm-bytes", "1M", "--timeout", "1h", "--metrics-addr", addr)
	c.exits(t, exitFailed)
	if !strings.HasPrefix(c.errs.String(), "vmmp: --metrics-addr "+addr+": ") || strings.Count(c.errs.String(), "\n") != 1 {
		t.Errorf("told %q", c.errs.String())
	}
}
