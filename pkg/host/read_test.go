package host

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
)

// spin keeps every core busy until the test ends.
func spin(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	for range runtime.NumCPU() {
		go func() {
			for ctx.Err() == nil {
			}
		}()
	}
}

func TestReadThisMachine(t *testing.T) {
	spin(t)
	const interval = 300 * time.Millisecond
	s, err := Read(t.Context(), interval)
	if err != nil {
		t.Fatal(err)
	}
	if !(s.CPUPercent > 0 && s.CPUPercent <= 100) {
		t.Errorf("CPUPercent under load = %v, want within (0, 100]", s.CPUPercent)
	}
	if !(s.MemoryPercent > 0 && s.MemoryPercent < 100) {
		t.Errorf("MemoryPercent = %v, want within (0, 100)", s.MemoryPercent)
	}
	if !(s.ResidentMiB > 0 && s.ResidentMiB < s.MemoryMiB) {
		t.Errorf("ResidentMiB = %v of %v MiB", s.ResidentMiB, s.MemoryMiB)
	}
	if s.CPUs < 1 {
		t.Errorf("CPUs = %d", s.CPUs)
	}
	if s.Interval < interval {
		t.Errorf("Interval = %v, want at least %v", s.Interval, interval)
	}
	for name, v := range map[string]float64{
		"DiskMBps": s.DiskMBps, "TrafficMbps": s.TrafficMbps, "LinkMbps": s.LinkMbps,
	} {
		if !(math.IsNaN(v) || v >= 0) || math.IsInf(v, 0) {
			t.Errorf("%s = %v, want NaN or a finite rate", name, v)
		}
	}
	if s.LinkMbps == 0 {
		t.Error("LinkMbps = 0, want NaN where the rate is unknown")
	}
}

func TestReadWithoutDevices(t *testing.T) {
	s, err := readSample(t.Context(), sysfs())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.disks) != 0 || len(s.interfaces) != 0 || !math.IsNaN(s.linkMbps) {
		t.Errorf("devices without sysfs: %v, %v, %v", s.disks, s.interfaces, s.linkMbps)
	}
	if s.total == 0 || s.cpus == 0 {
		t.Errorf("memory and processors do not depend on sysfs: %+v", s)
	}
}

func TestReadEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Read(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v, want the deadline", err)
	}
}

func TestReadCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, time.Nanosecond); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want cancelled", err)
	}
}

func TestReadRefusesInterval(t *testing.T) {
	for _, interval := range []time.Duration{0, -time.Second} {
		if _, err := Read(t.Context(), interval); err == nil {
			t.Errorf("interval %v: no error", interval)
		}
	}
}

func TestReadWithoutProc(t *testing.T) {
	t.Setenv("HOST_PROC", t.TempDir())
	if _, err := Read(t.Context(), time.Millisecond); err == nil {
		t.Error("no error although processors and memory cannot be read")
	}
}

func TestSplit(t *testing.T) {
	busy, idle := split(cpu.TimesStat{
		User: 1, Nice: 2, System: 4, Irq: 8, Softirq: 16, Steal: 32,
		Idle: 64, Iowait: 128,
		Guest: 1024, GuestNice: 2048, // part of User and Nice already
	})
	if busy != 63 || idle != 192 {
		t.Errorf("split = %v, %v, want 63, 192", busy, idle)
	}
}
