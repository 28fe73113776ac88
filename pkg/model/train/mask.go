package train

import (
	"math/rand/v2"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

// Pattern is a way of knowing part of what there is to know: what a kind of user or platform can tell. The model is
// trained on rows masked by these patterns, so that each is answered, and calibrated, in its own right.
type Pattern struct {
	Name string
	Doc  string
	mask func(*rand.Rand) migration.Set
}

// libvirtFeatures are what libvirt tells of a domain; the network is the operator's to know.
var libvirtFeatures = migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.BandwidthCap,
	migration.MemoryMiB, migration.ResidentMiB, migration.VCPUs, migration.DirtyRate, migration.DowntimeLimitMS)

// kubevirtFeatures are what KubeVirt's metrics and migration policy tell.
var kubevirtFeatures = migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.BandwidthCap,
	migration.MemoryMiB, migration.VCPUs, migration.DirtyRate, migration.TimeoutS, migration.AutoConverge)

// Patterns are the masking patterns.
var Patterns = []Pattern{
	{"recorded", "all that the row knows", always(estimate.Learned)},
	{"any", "every number of features alike, " +
		"each set of that size alike: what partial knowledge and its explanation need", anySubset},
	{"cpu_mem", "CPU load and memory usage alone", always(estimate.Required)},
	{"seed", "the Python demo's four features", always(estimate.SeedFeatures)},
	{"cli", "a person at the command line: the two required ones and some others", func(r *rand.Rand) migration.Set {
		return estimate.Required | some(r, estimate.Learned, 0.3)
	}},
	{"libvirt", "what libvirt tells, the network perhaps, settings perhaps", func(r *rand.Rand) migration.Set {
		settings := migration.Of(migration.NetworkBandwidth, migration.TimeoutS, migration.AutoConverge)
		return libvirtFeatures | some(r, settings, 0.6)
	}},
	{"kubevirt", "what KubeVirt tells, the network perhaps", func(r *rand.Rand) migration.Set {
		return kubevirtFeatures | some(r, migration.Of(migration.NetworkBandwidth, migration.DowntimeLimitMS), 0.6)
	}},
}

func always(s migration.Set) func(*rand.Rand) migration.Set {
	return func(*rand.Rand) migration.Set { return s }
}

// some keeps each feature of s with probability p.
func some(r *rand.Rand, s migration.Set, p float64) migration.Set {
	var kept migration.Set
	for f := range s.All() {
		if r.Float64() < p {
			kept |= migration.Of(f)
		}
	}
	return kept
}

// anySubset draws a size from 0 to all, then a set of that size.
func anySubset(r *rand.Rand) migration.Set {
	size := r.IntN(estimate.LearnedCount + 1)
	var s migration.Set
	for _, f := range r.Perm(estimate.LearnedCount)[:size] {
		s |= migration.Of(migration.Feature(f))
	}
	return s
}

// Mask returns the set of features that the pattern lets row number row keep, and how it was moved with it. It depends
// on the seed and the row alone.
func (p Pattern) Mask(seed, row uint64) migration.Set {
	return p.mask(rand.New(rand.NewPCG(seed^0x6d61736b, row))) | estimate.Methods
}
