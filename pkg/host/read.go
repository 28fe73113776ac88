package host

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"
)

// Read takes two samples, interval apart, and returns what happened between
// them. A field that cannot be read is NaN; so is CPUPercent if the interval
// is too short for the kernel's clock tick (10 ms on most systems). The error
// is that of ctx if ctx ends first; otherwise it means that the interval is not
// positive or that processors or memory could not be read.
func Read(ctx context.Context, interval time.Duration) (Snapshot, error) {
	if interval <= 0 {
		return Snapshot{}, fmt.Errorf("read host: interval %v is not positive", interval)
	}
	sys := os.DirFS("/sys")
	before, err := readSample(ctx, sys)
	if err != nil {
		return Snapshot{}, err
	}
	if err := sleep(ctx, interval); err != nil {
		return Snapshot{}, err
	}
	after, err := readSample(ctx, sys)
	if err != nil {
		return Snapshot{}, err
	}
	return between(before, after), nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// readSample reads all counters at once; sys is the root of sysfs.
func readSample(ctx context.Context, sys fs.FS) (sample, error) {
	s := sample{at: time.Now()}
	if err := readCPU(ctx, &s); err != nil {
		return sample{}, fmt.Errorf("read processors: %w", err)
	}
	if err := readMemory(ctx, &s); err != nil {
		return sample{}, fmt.Errorf("read memory: %w", err)
	}
	s.disks = readDisks(ctx, sys)
	s.interfaces = readInterfaces(ctx, sys)
	s.linkMbps = lineRate(sys)
	// gopsutil mostly ignores its context, and a half-read device list would
	// pass for a machine without devices.
	return s, ctx.Err()
}

func readCPU(ctx context.Context, s *sample) error {
	times, err := cpu.TimesWithContext(ctx, false)
	if err != nil {
		return err
	}
	if len(times) != 1 {
		return fmt.Errorf("%d totals instead of one", len(times))
	}
	s.busy, s.idle = split(times[0])
	s.cpus, err = cpu.CountsWithContext(ctx, true)
	return err
}

// split returns the busy and the idle part of the time. The kernel already counts guest
// time within user time, so it is left out here.
func split(t cpu.TimesStat) (busy, idle float64) {
	busy = t.User + t.Nice + t.System + t.Irq + t.Softirq + t.Steal
	return busy, t.Idle + t.Iowait
}

func readMemory(ctx context.Context, s *sample) error {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return err
	}
	if m.Total == 0 {
		return fmt.Errorf("total is 0")
	}
	s.total, s.available = m.Total, m.Available
	return nil
}

func readDisks(ctx context.Context, sys fs.FS) map[string]uint64 {
	counters, err := disk.IOCountersWithContext(ctx)
	if err != nil {
		return nil
	}
	bytes := make(map[string]uint64)
	for name, c := range counters {
		if physicalDisk(sys, name) {
			bytes[name] = c.ReadBytes + c.WriteBytes
		}
	}
	return bytes
}

func readInterfaces(ctx context.Context, sys fs.FS) map[string]uint64 {
	counters, err := net.IOCountersWithContext(ctx, true)
	if err != nil {
		return nil
	}
	bytes := make(map[string]uint64)
	for _, c := range counters {
		if physicalInterface(sys, c.Name) {
			bytes[c.Name] = c.BytesRecv + c.BytesSent
		}
	}
	return bytes
}

// lineRate returns the speed in Mbps of the fastest physical interface that
// is up, NaN if none reports it.
func lineRate(sys fs.FS) float64 {
	entries, err := fs.ReadDir(sys, "class/net")
	if err != nil {
		return math.NaN()
	}
	fastest := math.NaN()
	for _, e := range entries {
		if !physicalInterface(sys, e.Name()) || !up(sys, e.Name()) {
			continue
		}
		if s := speed(sys, e.Name()); math.IsNaN(fastest) || s > fastest {
			fastest = s
		}
	}
	return fastest
}
