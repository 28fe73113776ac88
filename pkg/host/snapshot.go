package host

import (
	"math"
	"time"
)

// A Snapshot is what was read of this machine between two samples. Unknown values
// are NaN.
type Snapshot struct {
	// CPUPercent is the share of all cores that was not idle, 0..100. Waiting
	// for a disk counts as idle, time stolen by a hypervisor as busy.
	CPUPercent float64
	// MemoryPercent is ResidentMiB of MemoryMiB, 0..100.
	MemoryPercent float64
	// DiskMBps is what whole physical disks read and wrote, in MB/s (1e6).
	DiskMBps float64
	// LinkMbps is the line rate of the fastest physical interface that is up.
	LinkMbps float64
	// TrafficMbps is what the physical interfaces received and sent.
	TrafficMbps float64
	// MemoryMiB is the RAM the kernel manages.
	MemoryMiB float64
	// ResidentMiB is the RAM that is not available to a new program: page
	// cache that can be dropped is not part of it.
	ResidentMiB float64
	// CPUs is the number of logical processors.
	CPUs int
	// Interval is the time that really passed between the samples.
	Interval time.Duration
	// At is when the second sample was taken.
	At time.Time
}

const mib = 1 << 20

// idleJitter is how many seconds the idle counters may run backwards without
// being taken for a reset: proc(5) warns that iowait can decrease, and on a
// fully busy machine nothing else hides it.
const idleJitter = 0.1

// sample is one reading of the counters. A nil map means that the counters
// could not be read.
type sample struct {
	at         time.Time
	busy, idle float64 // seconds, summed over the cores
	cpus       int
	total      uint64            // bytes of RAM
	available  uint64            // bytes a new program could get
	disks      map[string]uint64 // bytes read and written, by disk
	interfaces map[string]uint64 // bytes received and sent, by interface
	linkMbps   float64
}

// between derives the snapshot from two samples, the older first. Levels such
// as memory are those of the younger one.
func between(a, b sample) Snapshot {
	interval := b.at.Sub(a.at)
	total, resident := memory(b)
	return Snapshot{
		CPUPercent:    cpuPercent(a, b),
		MemoryPercent: 100 * resident / total,
		DiskMBps:      bytesPerSecond(a.disks, b.disks, interval) / 1e6,
		LinkMbps:      b.linkMbps,
		TrafficMbps:   bytesPerSecond(a.interfaces, b.interfaces, interval) * 8 / 1e6,
		MemoryMiB:     total,
		ResidentMiB:   resident,
		CPUs:          b.cpus,
		Interval:      interval,
		At:            b.at,
	}
}

// memory returns the RAM and its unavailable part in MiB. Containers have been
// seen to report more available than there is; nothing is known then.
func memory(s sample) (total, resident float64) {
	if s.total == 0 {
		return math.NaN(), math.NaN()
	}
	total = float64(s.total) / mib
	if s.available > s.total {
		return total, math.NaN()
	}
	return total, float64(s.total-s.available) / mib
}

func cpuPercent(a, b sample) float64 {
	busy, idle := b.busy-a.busy, b.idle-a.idle
	if busy < 0 || idle < -idleJitter {
		return math.NaN()
	}
	idle = max(idle, 0)
	return 100 * busy / (busy + idle) // 0/0, no tick in between, is NaN
}

// bytesPerSecond sums the rates of the devices present in both samples. One
// counter that went backwards makes the sum unknown, as its share is.
func bytesPerSecond(a, b map[string]uint64, interval time.Duration) float64 {
	var sum float64
	var devices int
	for name, then := range a {
		now, ok := b[name]
		if !ok {
			continue
		}
		if now < then {
			return math.NaN()
		}
		sum += float64(now - then)
		devices++
	}
	if devices == 0 || interval <= 0 {
		return math.NaN()
	}
	return sum / interval.Seconds()
}
