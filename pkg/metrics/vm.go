package metrics

import "github.com/prometheus/client_golang/prometheus"

// A VMReading is what is predicted of a VM that runs somewhere. What is NaN or infinite is unknown and not shown.
type VMReading struct {
	Place, VM           string
	DowntimeSeconds     float64 // predicted, of a migration now
	UpperSeconds        float64 // end of the interval
	TotalTimeSeconds    float64
	Convergence         float64 // probability
	ObservedUnixSeconds float64
}

// mostVMs bounds how many VMs have series of their own.
const mostVMs = 1000

// vmLabels name a VM.
var vmLabels = []string{"place", "vm"}

// vmGauges are the instruments of a VM.
var vmGauges = gauges[VMReading]{
	{gaugeOf(NameVMDowntime, "Predicted downtime of the VM if it were migrated now.", vmLabels...),
		func(r *VMReading) float64 { return r.DowntimeSeconds }},
	{gaugeOf(NameVMDowntimeUpper, "Downtime that the VM stays under with 95 % probability.", vmLabels...),
		func(r *VMReading) float64 { return r.UpperSeconds }},
	{gaugeOf(NameVMTotal, "Predicted total time of the VM's migration.", vmLabels...),
		func(r *VMReading) float64 { return r.TotalTimeSeconds }},
	{gaugeOf(NameVMConvergence, "Probability that the VM's migration switches over by itself.", vmLabels...),
		func(r *VMReading) float64 { return r.Convergence }},
	{gaugeOf(NameVMObserved, "When the VM was last observed.", vmLabels...),
		func(r *VMReading) float64 { return r.ObservedUnixSeconds }},
}

// vmCollector asks for the VMs whenever it is scraped.
type vmCollector func() []VMReading

// Describe implements prometheus.Collector.
func (vmCollector) Describe(to chan<- *prometheus.Desc) { vmGauges.describe(to) }

// Collect implements prometheus.Collector. Of more VMs than have series the first are shown; of two with the same
// labels the first.
func (read vmCollector) Collect(to chan<- prometheus.Metric) {
	shown := map[[2]string]bool{}
	for _, r := range read() {
		id := [2]string{r.Place, r.VM}
		if len(shown) == mostVMs {
			return
		}
		if !shown[id] {
			vmGauges.collect(to, &r, r.Place, r.VM)
		}
		shown[id] = true
	}
}

// ShowVMs makes every scrape show what read returns, the first thousand of them. The scrape waits for it. A second call
// panics.
func (m *Metrics) ShowVMs(read func() []VMReading) { m.registry.MustRegister(vmCollector(read)) }
