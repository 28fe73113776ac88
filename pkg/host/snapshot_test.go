package host

import (
	"math"
	"testing"
	"time"
)

var (
	nan   = math.NaN()
	start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

// pair returns two complete samples, two seconds apart, that each test spoils
// in one way.
func pair() (a, b sample) {
	a = sample{
		at: start, busy: 100, idle: 300, cpus: 4,
		total: 8192 * mib, available: 8192 * mib,
		disks:      map[string]uint64{"sda": 1_000_000, "sdb": 0},
		interfaces: map[string]uint64{"eth0": 500},
		linkMbps:   100,
	}
	b = sample{
		at: start.Add(2 * time.Second), busy: 102, idle: 306, cpus: 4,
		total: 8192 * mib, available: 6144 * mib,
		disks:      map[string]uint64{"sda": 5_000_000, "sdb": 2_000_000},
		interfaces: map[string]uint64{"eth0": 500 + 25_000_000},
		linkMbps:   1000,
	}
	return a, b
}

// same compares floats with NaN equal to itself and room for rounding.
func same(got, want float64) bool {
	if math.IsNaN(want) {
		return math.IsNaN(got)
	}
	return math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))
}

func TestBetween(t *testing.T) {
	got := between(pair())
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"CPUPercent", got.CPUPercent, 25},
		{"MemoryPercent", got.MemoryPercent, 25},
		{"DiskMBps", got.DiskMBps, 3},
		{"LinkMbps", got.LinkMbps, 1000},
		{"TrafficMbps", got.TrafficMbps, 100},
		{"MemoryMiB", got.MemoryMiB, 8192},
		{"ResidentMiB", got.ResidentMiB, 2048},
		{"CPUs", float64(got.CPUs), 4},
	} {
		if !same(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	if got.Interval != 2*time.Second || !got.At.Equal(start.Add(2*time.Second)) {
		t.Errorf("Interval, At = %v, %v", got.Interval, got.At)
	}
}

func TestCPUPercent(t *testing.T) {
	for _, c := range []struct {
		name       string
		busy, idle float64 // seconds that pass between the samples
		want       float64
	}{
		{"idle", 0, 8, 0},
		{"busy", 8, 0, 100},
		{"half", 4, 4, 50},
		{"no tick in between", 0, 0, nan},
		{"idle runs back by a few ticks", 8, -0.02, 100},
		{"idle was reset", 8, -50, nan},
		{"busy was reset", -50, 8, nan},
		{"both were reset", -50, -50, nan},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := pair()
			b.busy, b.idle = a.busy+c.busy, a.idle+c.idle
			if got := between(a, b).CPUPercent; !same(got, c.want) {
				t.Errorf("CPUPercent = %v, want %v", got, c.want)
			}
		})
	}
}

func TestMemory(t *testing.T) {
	for _, c := range []struct {
		name                    string
		total, available        uint64
		percent, size, resident float64
	}{
		{"all free", 1024 * mib, 1024 * mib, 0, 1024, 0},
		{"all used", 1024 * mib, 0, 100, 1024, 1024},
		{"half", 1024 * mib, 512 * mib, 50, 1024, 512},
		{"more available than there is", 1024 * mib, 2048 * mib, nan, 1024, nan},
		{"no total", 0, 512 * mib, nan, nan, nan},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := pair()
			b.total, b.available = c.total, c.available
			got := between(a, b)
			if !same(got.MemoryPercent, c.percent) {
				t.Errorf("MemoryPercent = %v, want %v", got.MemoryPercent, c.percent)
			}
			if !same(got.MemoryMiB, c.size) || !same(got.ResidentMiB, c.resident) {
				t.Errorf("MemoryMiB, ResidentMiB = %v, %v, want %v, %v",
					got.MemoryMiB, got.ResidentMiB, c.size, c.resident)
			}
		})
	}
}

func TestBytesPerSecond(t *testing.T) {
	type counters = map[string]uint64
	for _, c := range []struct {
		name     string
		a, b     counters
		interval time.Duration
		want     float64
	}{
		{"nothing moved", counters{"x": 7}, counters{"x": 7}, time.Second, 0},
		{"sum over devices", counters{"x": 0, "y": 5}, counters{"x": 10, "y": 25}, 2 * time.Second, 15},
		{"unplugged device leaves the sum", counters{"x": 0, "y": 5}, counters{"x": 10}, time.Second, 10},
		{"plugged device has no past", counters{"x": 0}, counters{"x": 10, "y": 99}, time.Second, 10},
		{"counter went backwards", counters{"x": 10}, counters{"x": 9}, time.Second, nan},
		{"one of two wrapped", counters{"x": math.MaxUint64, "y": 0}, counters{"x": 3, "y": 9}, time.Second, nan},
		{"close to the top", counters{"x": math.MaxUint64 - 8}, counters{"x": math.MaxUint64}, time.Second, 8},
		{"no device", counters{}, counters{}, time.Second, nan},
		{"no device in both", counters{"x": 1}, counters{"y": 2}, time.Second, nan},
		{"unreadable at first", nil, counters{"x": 2}, time.Second, nan},
		{"unreadable at last", counters{"x": 1}, nil, time.Second, nan},
		{"no time passed", counters{"x": 1}, counters{"x": 2}, 0, nan},
		{"clock went backwards", counters{"x": 1}, counters{"x": 2}, -time.Second, nan},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bytesPerSecond(c.a, c.b, c.interval); !same(got, c.want) {
				t.Errorf("bytesPerSecond = %v, want %v", got, c.want)
			}
		})
	}
}

// What is unknown must not spoil its neighbours.
func TestUnknownFieldsAreIndependent(t *testing.T) {
	a, b := pair()
	b.disks, b.linkMbps = nil, nan
	got := between(a, b)
	if !math.IsNaN(got.DiskMBps) || !math.IsNaN(got.LinkMbps) {
		t.Errorf("DiskMBps, LinkMbps = %v, %v, want NaN", got.DiskMBps, got.LinkMbps)
	}
	if !same(got.CPUPercent, 25) || !same(got.MemoryPercent, 25) || !same(got.TrafficMbps, 100) {
		t.Errorf("the other fields changed: %+v", got)
	}
}
