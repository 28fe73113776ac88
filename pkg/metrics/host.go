package metrics

import "github.com/prometheus/client_golang/prometheus"

// HostReading is a machine and how busy it is. What is NaN or infinite is unknown and
// not shown.
type HostReading struct {
	CPUUsage, MemoryUsage   float64 // 0 to 1
	DiskBytes, NetworkBytes float64 // a second
	MemoryBytes             float64
	CPUs                    float64
}

// hostGauges are the instruments of a machine.
var hostGauges = gauges[HostReading]{
	{gaugeOf(NameHostCPU, "Share of this machine's processors that was busy."), func(r *HostReading) float64 { return r.CPUUsage }},
	{gaugeOf(NameHostCPUs, "Processors of this machine."), func(r *HostReading) float64 { return r.CPUs }},
	{gaugeOf(NameHostMemory, "Share of this machine's memory that is not available."), func(r *HostReading) float64 { return r.MemoryUsage }},
	{gaugeOf(NameHostMemoryBytes, "Memory of this machine."), func(r *HostReading) float64 { return r.MemoryBytes }},
	{gaugeOf(NameHostDisk, "What this machine's disks read and wrote."), func(r *HostReading) float64 { return r.DiskBytes }},
	{gaugeOf(NameHostNetwork, "What this machine's interfaces received and sent."), func(r *HostReading) float64 { return r.NetworkBytes }},
}

// ShowHost has every scrape show what read answers, which is nothing where that is
// false. The scrape waits for it. It is to be called at most once.
func (m *Metrics) ShowHost(read func() (HostReading, bool)) {
	m.registry.MustRegister(hostCollector(read))
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

// gauges are instruments without labels that show one reading together.
type gauges[Reading any] []struct {
	desc  *prometheus.Desc
	value func(*Reading) float64
}

// gaugeOf describes an instrument whose values are handed over with each scrape.
func gaugeOf(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func (g gauges[Reading]) describe(to chan<- *prometheus.Desc) {
	for i := range g {
		to <- g[i].desc
	}
}

// collect leaves out what is unknown.
func (g gauges[Reading]) collect(to chan<- prometheus.Metric, r *Reading) {
	for i := range g {
		if v := g[i].value(r); known(v) {
			to <- prometheus.MustNewConstMetric(g[i].desc, prometheus.GaugeValue, v)
		}
	}
}
