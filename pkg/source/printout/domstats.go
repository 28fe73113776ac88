package printout

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"vmmp/pkg/migration"
)

// readDomStats reads what `virsh domstats` prints: a report for each domain. Its fields and their units are those of
// virConnectGetAllDomainStats (libvirt-domain.c): KiB of the balloon, MiB/s of the dirty rate.
func readDomStats(f *file) ([]Report, error) {
	var reports []Report
	var domain *domainStats
	for i, line := range f.lines() {
		line = strings.TrimSpace(line)
		if name, found := strings.CutPrefix(line, "Domain: '"); found {
			domain.finish(&reports)
			domain = &domainStats{Report: observed(strings.TrimSuffix(name, "'"), i+1), fields: map[string]string{}}
			continue
		}
		if name, value, found := strings.Cut(line, "="); found && domain != nil {
			domain.fields[name] = value
		}
	}
	domain.finish(&reports)
	if reports == nil {
		return nil, errors.New("has no line `Domain: 'NAME'`, with which virsh domstats begins each domain")
	}
	return reports, nil
}

// domainStats are the lines of one domain.
type domainStats struct {
	Report
	fields map[string]string
}

// value returns the number of a field, NaN where there is none.
func (d *domainStats) value(name string) float64 {
	text, told := d.fields[name]
	if !told {
		return math.NaN()
	}
	v, err := number(text, "")
	if err != nil && d.Fault == "" {
		d.Fault = fmt.Sprintf("has %s, which %v", name, err)
	}
	if err != nil {
		return math.NaN()
	}
	return v
}

// finish adds the report of a domain.
func (d *domainStats) finish(reports *[]Report) {
	if d == nil {
		return
	}
	const kib = 1.0 / 1024
	memory := d.value("balloon.current")
	d.told(migration.MemoryMiB, positive(memory*kib), "domstats balloon.current")
	d.told(migration.ResidentMiB, positive(d.value("balloon.rss")*kib), "domstats balloon.rss")
	if usable := d.value("balloon.usable"); usable <= memory {
		d.told(migration.MemoryUsage, 100*(1-usable/memory), "domstats balloon.usable, balloon.current")
	}
	d.told(migration.VCPUs, positive(d.value("vcpu.current")), "domstats vcpu.current")
	const measured = 2 // VIR_DOMAIN_DIRTYRATE_MEASURED
	if d.value("dirtyrate.calc_status") == measured {
		d.dirtied()
	}
	const running = 1 // VIR_DOMAIN_RUNNING
	if state := d.value("state.state"); state != running && !math.IsNaN(state) {
		d.Notes = append(d.Notes, "the domain does not run")
	}
	*reports = append(*reports, d.Report)
}

// dirtied tells how much was dirtied: in a second it is a rate, in a longer time a point of the dirty curve.
func (d *domainStats) dirtied() {
	rate, period := d.value("dirtyrate.megabytes_per_second"), d.value("dirtyrate.calc_period")
	const from = "domstats dirtyrate.megabytes_per_second"
	switch {
	case math.IsNaN(rate):
	case period > 1:
		d.TellCurve([]migration.Point{{Seconds: period, MiB: rate * period}}, from+", calc_period", d.At)
	default:
		d.told(migration.DirtyRate, rate, from)
	}
}
