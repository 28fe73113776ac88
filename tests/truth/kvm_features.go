package main

import (
	"fmt"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// What the authors of the KVM table do not tell of each row.
const (
	// kvmLineMbps is the line rate of their link, which is what an operator knows. The bandwidth of the row is the
	// throughput that the migration had in the end (its bytes over its time, within 0.1 %), which nobody knows before.
	kvmLineMbps = 1000
	// kvmMemoryMiB is the RAM of their guests; those that touched more have twice as much.
	kvmMemoryMiB = 2048
	// kvmLimitMS is QEMU's default: pauses pile up below it.
	kvmLimitMS = 300
	// kvmSwitchedMS is the longest pause of a guest that switched over by itself under that limit. Between it and 400 ms
	// there is hardly one.
	kvmSwitchedMS = 330
)

const pagesPerMiB = 256

// dirtyMiBs returns how much memory the guest dirties in one second.
func (r *kvmRow) dirtyMiBs() float64 { return r.dirtyPages / pagesPerMiB }

// capMbps returns QEMU's max-bandwidth as a rate of the link.
func (r *kvmRow) capMbps() float64 { return r.maxBandwidthMiBs / precopy.MiBPerMbit }

// load returns what the guest dirties over what the migration could send.
func (r *kvmRow) load() float64 { return r.dirtyMiBs() / (r.availableMbps * precopy.MiBPerMbit) }

// features returns what an operator would have known before the migration.
func (r *kvmRow) features() migration.Features {
	memory := float64(kvmMemoryMiB)
	if r.touchedMiB > memory {
		memory *= 2
	}
	var x migration.Features
	x.Set(migration.NetworkBandwidth, kvmLineMbps)
	x.Set(migration.BandwidthCap, r.capMbps())
	x.Set(migration.MemoryMiB, memory)
	x.Set(migration.ResidentMiB, min(r.touchedMiB, memory))
	x.Set(migration.DirtyRate, r.dirtyMiBs())
	x.Set(migration.DowntimeLimitMS, kvmLimitMS)
	if s, ok := settings[r.technique]; ok {
		s.tell(&x)
	}
	return x
}

// setting is a technique in the words of the feature table.
type setting struct{ feature, value string }

// settings are the techniques other than plain pre-copy.
var settings = map[string]setting{
	"auto-converge":  {"auto_converge", "true"},
	"x-postcopy-ram": {"method", "postcopy"},
	"xbzrle":         {"xbzrle", "true"},
	"compress":       {"compression", "zlib"},
}

// tell makes the setting known, and reports whether there is a feature for it: without one the question is about plain
// pre-copy.
func (s setting) tell(x *migration.Features) bool {
	f, ok := migration.Lookup(s.feature)
	if !ok {
		return false
	}
	if err := x.Parse(f, s.value, ';'); err != nil {
		panic(fmt.Sprintf("truth: %s=%s: %v", s.feature, s.value, err))
	}
	return true
}

// record returns the migration as one that vmmp would have recorded.
func (r *kvmRow) record() migration.Record {
	outcome := migration.UnknownOutcome()
	outcome.DowntimeMS, outcome.TotalTimeMS = r.downtimeMS, r.totalTimeMS
	outcome.TransferredMiB = r.transferredKiB / 1024
	outcome.Status = migration.Completed
	if r.downtimeMS > kvmSwitchedMS {
		outcome.Status = migration.Forced
	}
	return migration.Record{Features: r.features(), Outcome: outcome}
}
