package metrics

import "github.com/prometheus/client_golang/prometheus"

// A HostReading is a machine and how busy it is. What is NaN or infinite is unknown and not shown.
type HostReading struct {
	CPUUsage, MemoryUsage   float64 // 0 to 1
	DiskBytes, NetworkBytes float64 // a second
	MemoryBytes             float64
	CPUs                    float64
}

// hostGauges are the instruments of a machine.
var hostGauges = gauges[HostReading]{
	{gaugeOf(NameHostCPU, "Share of this machine's processors that was busy."),
		func(r *HostReading) float64 { return r.CPUUsage }},
	{gaugeOf(NameHostCPUs, "Processors of this machine."), func(r *HostReading) float64 { return r.CPUs }},
	{gaugeOf(NameHostMemory, "Share of this machine's memory that is not available."),
		func(r *HostReading) float64 { return r.MemoryUsage }},
	{gaugeOf(NameHostMemoryBytes, "Memory of this machine."), func(r *HostReading) float64 { return r.MemoryBytes }},
	{gaugeOf(NameHostDisk, "What this machine's disks read and wrote."),
		func(r *HostReading) float64 { return r.DiskBytes }},
	{gaugeOf(NameHostNetwork, "What this machine's interfaces received and sent."),
		func(r *HostReading) float64 { return r.NetworkBytes }},
}

// hostCollector reads the machine whenever it is scraped.
type hostCollector func() (HostReading, bool)

// Describe implements prometheus.Collector.
func (hostCollector) Describe(to chan<- *prometheus.Desc) { hostGauges.describe(to) }

// Collect implements prometheus.Collector.
func (read hostCollector) Collect(to chan<- prometheus.Metric) {
	if r, ok := read(); ok {
		hostGauges.collect(to, &r)
	}
}
