package libvirt

import (
	"errors"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// tellRates tells what the guest did between the two samples.
func (s *subject) tellRates(o *source.Observation) {
	at := s.second.at
	o.Tell(migration.VCPUs, s.second.stats.get("vcpu.current"), "domstats vcpu.current", at)
	switch {
	case o.VM.State == source.Paused:
		s.notes = append(s.notes, "it is paused: what it does while it runs is not known")
		return
	case s.first.domain.ID != s.second.domain.ID:
		s.notes = append(s.notes, "it was started anew between two samples: its rates are not known")
		return
	}
	r := rate{s.first, s.second}
	share, from := r.cpuShare()
	o.Tell(migration.CPULoad, share, from, at)
	o.Tell(migration.DiskIO, r.sum("block", "rd.bytes", "wr.bytes")/1e6, "domstats block.*.bytes", at)
	if math.IsNaN(r.sum("block", "rd.bytes", "wr.bytes")) {
		s.notes = append(s.notes, "its disks' traffic was not told: the domain is busy, or a disk was plugged")
	}
	if mbps := r.sum("net", "rx.bytes", "tx.bytes") * 8 / 1e6; mbps >= 1 {
		s.notes = append(s.notes, fmt.Sprintf("its own interfaces carry %.0f Mbps, of which a link shared with the "+
			"migration has less", mbps))
	}
}

// tellMemory tells of the guest's RAM.
func (s *subject) tellMemory(o *source.Observation) {
	const kib = 1024.0 // in a MiB
	stats, at := s.second.stats, s.second.at
	o.Tell(migration.MemoryMiB, stats.get("balloon.maximum")/kib, "domstats balloon.maximum", at)
	if s.definition != nil && s.definition.Huge != nil {
		s.notes = append(s.notes, "its RAM is of huge pages, of which libvirt does not tell how many are resident")
	} else {
		o.Tell(migration.ResidentMiB, stats.get("balloon.rss")/kib, "domstats balloon.rss", at)
	}
	total, free, from := stats.get("balloon.current"), stats.get("balloon.usable"), "domstats balloon.usable"
	if math.IsNaN(free) {
		free, from = stats.get("balloon.unused"), "domstats balloon.unused"
	}
	if math.IsNaN(free) {
		s.notes = append(s.notes, "the guest does not tell how much of its memory it uses: give it a virtio balloon "+
			"with a driver, and let that report (virsh dommemstat --period 10)")
		return
	}
	if told := stats.get("balloon.last-update"); told > 0 {
		at = time.Unix(int64(told), 0)
	}
	o.Tell(migration.MemoryUsage, 100*(1-free/total), from, at)
}

// tellDefinition tells what the domain's XML says.
func (s *subject) tellDefinition(o *source.Observation) {
	if s.definitionErr != nil {
		s.note("its definition was not read", s.definitionErr)
		return
	}
	d, at := s.definition, s.second.at
	const from = "domain XML"
	if d.Title != "" {
		o.VM.Labels = map[string]string{"title": oneLine(d.Title)}
	}
	o.Tell(migration.HugePages, truth(d.Huge != nil), from+" memoryBacking/hugepages", at)
	o.Tell(migration.Hypervisor, d.hypervisor(), from+" type", at)
	o.Unmovable = d.unmovable()
	o.Tell(migration.Migratable, truth(o.Unmovable == ""), from+" devices", at)
}

// tellLimits tells what a migration would be held to, and how the one under way is made.
func (s *subject) tellLimits(o *source.Observation, ask source.Ask) {
	at := s.second.at
	if s.limitErr == nil {
		o.Tell(migration.DowntimeLimitMS, float64(s.limitMS), "virDomainMigrateGetMaxDowntime", at)
	}
	s.note("its downtime limit was not read", s.limitErr)
	switch {
	case s.speedErr == nil:
		o.Tell(migration.BandwidthCap, capMbps(s.speed), "virDomainMigrateGetMaxSpeed", at)
	case errors.Is(s.speedErr, source.ErrDenied):
		o.Notes = append(o.Notes, readOnlyNote(ask))
	default:
		s.note("its speed limit was not read", s.speedErr)
	}
	if s.job.migrates() {
		settings := s.job.settings()
		for f := range settings.Known().All() {
			o.Tell(f, settings.Get(f), "domjobinfo", at)
		}
	}
}

// readOnlyNote says what a connection that only reads lacks.
func readOnlyNote(ask source.Ask) string {
	lacking := "its speed limit is"
	switch {
	case ask.Curve:
		lacking = "its speed limit, dirty rate and dirty curve are"
	case ask.DirtyRate:
		lacking = "its speed limit and dirty rate are"
	}
	return lacking + " not known, since this user may only read: as root, or in the group libvirt, vmmp would ask for them"
}

// capMbps returns a speed limit of so many MiB/s; NaN for one beyond every link, by which libvirt says that there is
// none.
func capMbps(speed uint64) float64 {
	mbps := float64(speed) * mib * 8 / 1e6
	if mbps > migration.BandwidthCap.Definition().Max || speed == 0 {
		return math.NaN()
	}
	return mbps
}

// truth is a boolean as features have it.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// versionNumber returns a version as libvirt packs it: a million times the major number, a thousand times the minor.
func versionNumber(packed uint64) float64 {
	if packed == 0 || packed >= 1000e6 {
		return math.NaN()
	}
	return migration.VersionNumber(int(packed/1e6), int(packed/1000%1000))
}
