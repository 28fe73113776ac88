package printout

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"vmmp/pkg/migration"
)

// readPrometheus reads a text exposition of KubeVirt, or of one of the exporters of libvirt: a report for each VM, in
// the order of their names. One moment has no rates, so that only what is a gauge by itself is read; of counters, such
// as the CPU time, a Prometheus has to be asked.
func readPrometheus(f *file) ([]Report, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(append(bytes.TrimSpace(f.text), '\n')))
	if err != nil {
		return nil, fmt.Errorf("is no text exposition of Prometheus: %s", strings.TrimPrefix(err.Error(), "text format "))
	}
	vms := map[string]*exposed{}
	for name, series := range gauges {
		for _, m := range families[name].GetMetric() {
			if vm := nameOf(m); vm != "" {
				if vms[vm] == nil {
					vms[vm] = newExposed(vm)
				}
				*series.of(vms[vm]) = series.factor * valueOf(m)
			}
		}
	}
	if len(vms) == 0 {
		return nil, errors.New("has no series of a VM that is known: neither of KubeVirt nor of a libvirt exporter")
	}
	var reports []Report
	for _, vm := range vms {
		reports = append(reports, vm.report())
	}
	slices.SortFunc(reports, func(a, b Report) int { return strings.Compare(a.VM.Name, b.VM.Name) })
	return reports, nil
}

// exposed is what the series of one VM say, NaN what none says.
type exposed struct {
	name                                                            string
	job                                                             // of the migration under way
	memoryMiB, residentMiB, usableMiB, availableMiB, rate, cpuCount float64
}

func newExposed(name string) *exposed {
	nan := math.NaN()
	return &exposed{name, unknownJob(), nan, nan, nan, nan, nan, nan}
}

// gauge is where the value of a series goes, and what it is multiplied by.
type gauge struct {
	of     func(*exposed) *float64
	factor float64
}

// gauges are the series that are read: of KubeVirt (its docs/observability/metrics.md), prometheus-libvirt-exporter and
// libvirt_exporter.
var gauges = func() map[string]gauge {
	const mib = 1.0 / (1 << 20)
	const mbit = 8 / 1e6
	memory := gauge{func(e *exposed) *float64 { return &e.memoryMiB }, mib}
	resident := gauge{func(e *exposed) *float64 { return &e.residentMiB }, mib}
	usable := gauge{func(e *exposed) *float64 { return &e.usableMiB }, mib}
	available := gauge{func(e *exposed) *float64 { return &e.availableMiB }, mib}
	rate := gauge{func(e *exposed) *float64 { return &e.rate }, mib}
	cpus := gauge{func(e *exposed) *float64 { return &e.cpuCount }, 1}
	remaining := gauge{func(e *exposed) *float64 { return &e.remainingMiB }, mib}
	transfer := gauge{func(e *exposed) *float64 { return &e.mbps }, mbit}
	sent := gauge{func(e *exposed) *float64 { return &e.transferred }, mib}
	return map[string]gauge{
		"kubevirt_vmi_memory_domain_bytes":                  memory,
		"kubevirt_vmi_memory_domain_bytes_total":            memory,
		"kubevirt_vmi_memory_resident_bytes":                resident,
		"kubevirt_vmi_memory_usable_bytes":                  usable,
		"kubevirt_vmi_memory_available_bytes":               available,
		"kubevirt_vmi_dirty_rate_bytes_per_second":          rate,
		"kubevirt_vmi_migration_data_remaining_bytes":       remaining,
		"kubevirt_vmi_migration_data_processed_bytes":       sent,
		"kubevirt_vmi_migration_dirty_memory_rate_bytes":    {func(e *exposed) *float64 { return &e.dirtyMiB }, mib},
		"kubevirt_vmi_migration_memory_transfer_rate_bytes": transfer,
		"kubevirt_vmi_migration_disk_transfer_rate_bytes":   transfer, // as it was called before
		"libvirt_domain_info_maximum_memory_bytes":          memory,
		"libvirt_domain_info_virtual_cpus":                  cpus,
		"libvirt_domain_memory_stats_rss_bytes":             resident,
		"libvirt_domain_memory_stats_usable_bytes":          usable,
		"libvirt_domain_memory_stats_available_bytes":       available,
		"libvirt_domain_job_info_memory_remaining_bytes":    remaining,
		"libvirt_domain_job_info_memory_processed_bytes":    sent,
		"libvirt_domain_job_info_time_elapsed_seconds":      {func(e *exposed) *float64 { return &e.elapsedMS }, 1000},
	}
}()

// nameOf returns what the labels of a series call its VM: namespace/name, or the domain; empty where they do not.
func nameOf(m *dto.Metric) string {
	labels := map[string]string{}
	for _, pair := range m.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	if name := labels["name"]; name != "" && labels["namespace"] != "" {
		return labels["namespace"] + "/" + name
	}
	return labels["domain"]
}

// valueOf returns the value of a series, NaN of what is no size.
func valueOf(m *dto.Metric) float64 {
	v := math.NaN()
	switch {
	case m.GetGauge() != nil:
		v = m.GetGauge().GetValue()
	case m.GetUntyped() != nil:
		v = m.GetUntyped().GetValue()
	case m.GetCounter() != nil: // which some exporters call a gauge
		v = m.GetCounter().GetValue()
	}
	if !(v >= 0) || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// report returns what the series of the VM say.
func (e *exposed) report() Report {
	r := observed(e.name, 1)
	r.told(migration.MemoryMiB, positive(e.memoryMiB), "memory of the domain")
	r.told(migration.ResidentMiB, positive(e.residentMiB), "resident memory of the domain")
	r.told(migration.VCPUs, positive(e.cpuCount), "virtual CPUs of the domain")
	if e.usableMiB <= e.availableMiB {
		r.told(migration.MemoryUsage, 100*(1-e.usableMiB/e.availableMiB), "usable and available memory of the domain")
	}
	if e.remainingMiB > 0 {
		e.runs(&r, "series of the migration")
	}
	r.told(migration.DirtyRate, positive(e.rate), "dirty rate of the domain")
	return r
}
