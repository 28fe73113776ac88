package libvirt

import (
	"context"
	"fmt"
	"math"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/source"
)

// A sample is what the domain statistics said of a domain at one moment.
type sample struct {
	domain golibvirt.Domain
	at     time.Time
	stats  params
}

// counters are the statistics that rates are made of, and the state that tells whether there can be any.
const counters = golibvirt.DomainStatsState | golibvirt.DomainStatsCPUTotal | golibvirt.DomainStatsVCPU |
	golibvirt.DomainStatsInterface | golibvirt.DomainStatsBlock

// samples returns those statistics of domains, of all where none are named, in one call that waits for none of them:
// what a busy domain would be waited for is missing. Domains that there are not (any more) are left out.
func (c *client) samples(ctx context.Context, domains []golibvirt.Domain, groups golibvirt.DomainStatsTypes) (
	[]sample, error) {
	before := time.Now()
	records, err := call(ctx, c, func() ([]golibvirt.DomainStatsRecord, error) {
		return c.ConnectGetAllDomainStats(domains, uint32(groups), uint32(golibvirt.ConnectGetAllDomainsStatsNowait))
	})
	if err != nil {
		return nil, err
	}
	now := time.Now()
	middle := before.Add(now.Sub(before) / 2)
	taken := make([]sample, len(records))
	for i, r := range records {
		taken[i] = sample{r.Dom, middle, newParams(r.Params)}
	}
	return taken, nil
}

// byUUID returns the samples by the UUIDs of their domains.
func byUUID(samples []sample) map[golibvirt.UUID]sample {
	found := make(map[golibvirt.UUID]sample, len(samples))
	for _, s := range samples {
		found[s.domain.UUID] = s
	}
	return found
}

// running reports whether there is a QEMU of the domain.
func (s sample) running() bool {
	switch golibvirt.DomainState(s.stats["state.state"]) {
	case golibvirt.DomainShutoff, golibvirt.DomainCrashed:
		return false
	}
	return true
}

// state returns what the domain does, given its job.
func (s sample) state(job params) source.State {
	reason := golibvirt.DomainPausedReason(s.stats["state.reason"])
	switch golibvirt.DomainState(s.stats["state.state"]) {
	case golibvirt.DomainShutoff, golibvirt.DomainCrashed:
		return source.Stopped
	case golibvirt.DomainNostate:
		return source.Unknown
	case golibvirt.DomainPaused, golibvirt.DomainPmsuspended:
		if job.migrates() || reason == golibvirt.DomainPausedMigration || reason == golibvirt.DomainPausedPostcopy {
			return source.Migrating
		}
		return source.Paused
	}
	if job.migrates() {
		return source.Migrating
	}
	return source.Running
}

// A rate is how fast a counter grew between two samples.
type rate struct {
	first, second sample
}

// seconds returns the time between the samples.
func (r rate) seconds() float64 { return r.second.at.Sub(r.first.at).Seconds() }

// of returns the growth of a counter, a second; NaN where either sample lacks it, or where it fell.
func (r rate) of(counter string) float64 {
	grown := r.second.stats.get(counter) - r.first.stats.get(counter)
	if grown < 0 || !(r.seconds() > 0) {
		return math.NaN()
	}
	return grown / r.seconds()
}

// sum returns the growth of counters of all devices of a kind, a second; 0 where there are none, NaN where one lacks.
func (r rate) sum(kind string, counters ...string) float64 {
	devices := r.second.stats.get(kind + ".count")
	if devices != r.first.stats.get(kind+".count") { // one of them is another than it was, or nothing is known
		return math.NaN()
	}
	var sum float64
	for i := range int(devices) {
		for _, counter := range counters {
			sum += r.of(fmt.Sprintf("%s.%d.%s", kind, i, counter))
		}
	}
	return sum
}

// cpuShare returns the share of its vCPUs' time that they ran, in percent. Where libvirt does not tell of each, the
// time of QEMU's whole process stands for it, at most all of theirs.
func (r rate) cpuShare() (percent float64, from string) {
	vcpus := r.second.stats.get("vcpu.current")
	var ran float64
	for i := range int(min(r.second.stats.get("vcpu.maximum"), maxVCPUs)) {
		state := fmt.Sprintf("vcpu.%d.state", i)
		if _, plugged := r.second.stats[state]; plugged {
			ran += r.of(fmt.Sprintf("vcpu.%d.time", i))
		}
	}
	from = "domstats vcpu.*.time"
	if math.IsNaN(ran) {
		ran, from = r.of("cpu.time"), "domstats cpu.time"
	}
	if !(vcpus > 0) {
		return math.NaN(), from
	}
	return min(100, 100*ran/1e9/vcpus), from
}

// maxVCPUs is above what any QEMU has.
const maxVCPUs = 8192
