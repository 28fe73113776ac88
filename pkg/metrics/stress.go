package metrics

import (
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Stress shows a load on this machine, on a registry of its own.
type Stress struct {
	registry *prometheus.Registry

	mu      sync.Mutex
	reading StressReading
}

// A StressReading is what a load does, and what the machine makes of it. What is NaN or infinite is unknown and not
// shown.
type StressReading struct {
	CPUTarget, CPUAchieved float64            // of one core and each worker, 0 to 1
	DirtyTarget            float64            // bytes a second, of all workers
	DirtyBytes             float64            // the same, as achieved
	Work                   map[string]float64 // done so far, by stressor, in its own unit
	Workers                map[string]int     // by stressor
	PredictedDowntime      float64            // seconds

	Host HostReading
}

// NewStress returns the instruments, together with those of the Go runtime and of the process: what the load costs
// beside its work. Nothing is shown of a load before Show.
func NewStress(b Build) *Stress {
	s := &Stress{registry: prometheus.NewRegistry()}
	s.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(b),
		s,
	)
	return s
}

// Registry returns what Handler gathers from.
func (s *Stress) Registry() *prometheus.Registry { return s.registry }

// Handler returns a handler that answers scrapes.
func (s *Stress) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})
}

// Show shows this reading and no other any more. It is not to be changed afterwards.
func (s *Stress) Show(r StressReading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading = r
}

// stressGauges are the instruments without labels.
var stressGauges = gauges[StressReading]{
	{gaugeOf(NameStressCPUTarget, "Share of one core that each worker is to take."),
		func(r *StressReading) float64 { return r.CPUTarget }},
	{gaugeOf(NameStressCPUAchieved, "Share of one core that each worker took, in the mean."),
		func(r *StressReading) float64 { return r.CPUAchieved }},
	{gaugeOf(NameStressDirtyTarget, "Distinct memory that all workers are to dirty within a second."),
		func(r *StressReading) float64 { return r.DirtyTarget }},
	{gaugeOf(NameStressDirty, "Distinct memory that all workers dirtied within a second."),
		func(r *StressReading) float64 { return r.DirtyBytes }},
	{gaugeOf(NameStressPredictedDowntime, "Predicted downtime of a virtual machine like the loaded one."),
		func(r *StressReading) float64 { return r.PredictedDowntime }},
}

var (
	stressWork = gaugeOf(NameStressWork,
		"Work done: operations of cpu, bytes written of vm, syncs of io, bytes written and read of hdd.", "stressor")
	stressors = gaugeOf(NameStressWorkers, "Workers of the load.", "stressor")
)

// Describe implements prometheus.Collector.
func (s *Stress) Describe(to chan<- *prometheus.Desc) {
	stressGauges.describe(to)
	hostGauges.describe(to)
	to <- stressWork
	to <- stressors
}

// Collect implements prometheus.Collector.
func (s *Stress) Collect(to chan<- prometheus.Metric) {
	s.mu.Lock()
	r := s.reading
	s.mu.Unlock()
	if len(r.Workers) == 0 {
		return
	}
	stressGauges.collect(to, &r)
	hostGauges.collect(to, &r.Host)
	for name, workers := range r.Workers {
		to <- prometheus.MustNewConstMetric(stressors, prometheus.GaugeValue, float64(workers), name)
		to <- prometheus.MustNewConstMetric(stressWork, prometheus.CounterValue, r.Work[name], name)
	}
}
