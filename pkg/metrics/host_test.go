package metrics

import (
	"math"
	"strings"
	"testing"
)

// The machine is read by each scrape, and by nothing else.
func TestHostIsReadByScrapes(t *testing.T) {
	m, reads := New(Build{}), 0
	m.ShowHost(func() (HostReading, bool) {
		reads++
		return HostReading{CPUUsage: 0.25 * float64(reads), CPUs: 2}, true
	})
	if reads != 0 {
		t.Errorf("%d readings before a scrape", reads)
	}
	shows(t, m, "vmmp_host_cpu_usage_ratio 0.25")
	shows(t, m, "vmmp_host_cpu_usage_ratio 0.5", "vmmp_host_cpus 2")
}

func TestHostUnknowns(t *testing.T) {
	m, readable := New(Build{}), true
	m.ShowHost(func() (HostReading, bool) {
		return HostReading{CPUUsage: nan, DiskBytes: math.Inf(1), NetworkBytes: nan, MemoryUsage: 0.5, MemoryBytes: 1, CPUs: 1}, readable
	})
	text := scrape(t, m)
	for _, absent := range []string{NameHostCPU, NameHostDisk, NameHostNetwork} {
		if strings.Contains(text, absent+" ") {
			t.Errorf("%s is shown", absent)
		}
	}
	shows(t, m, "vmmp_host_memory_usage_ratio 0.5", "vmmp_host_memory_bytes 1")
	if readable = false; strings.Contains(scrape(t, m), "vmmp_host_") {
		t.Error("shows a machine that could not be read")
	}
}
