package estimate

import (
	"math"
	"slices"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// Correction holds what the outcomes of a site teach about the answers of the prior, which knows all sites and none: a
// few numbers, drawn towards those of any site as long as the outcomes are few. The zero Correction changes nothing.
type Correction struct {
	Rows      int     `json:"rows"`       // outcomes of the site that it was learned from; 0: the site is not known
	FixedMS   float64 `json:"fixed_ms"`   // added to the fixed part of a pause
	Memory    float64 `json:"memory"`     // logarithm of the factor on the part that sends memory
	OffsetMiB float64 `json:"offset_mib"` // of resident_mib that is not sent
	Bandwidth float64 `json:"bandwidth"`  // logarithm of the factor on network_bandwidth
	TailMiB   float64 `json:"tail_mib"`   // of zeros at the end of RAM, where nobody has looked
	Spread    float64 `json:"spread"`     // logarithm of the factor on the width of the answer
	Sigma     float64 `json:"sigma"`      // error of the logarithm by which the answer is widened beside
}

// Features returns what the prior is asked for a VM of the site.
func (c *Correction) Features(x migration.Features) migration.Features {
	if resident := x.Get(migration.ResidentMiB); c.OffsetMiB != 0 && !math.IsNaN(resident) {
		x.Set(migration.ResidentMiB, sent(resident, c.OffsetMiB))
	}
	if x.Known().Has(migration.NetworkBandwidth) && c.Bandwidth != 0 {
		x.Set(migration.NetworkBandwidth, carriedMbps(x)*math.Exp(c.Bandwidth))
	}
	if c.TailMiB != 0 && !x.Known().Has(migration.ZeroTailMiB) {
		x.Set(migration.ZeroTailMiB, c.TailMiB)
	}
	return x
}

// sent returns what of the resident memory is sent where offset is not: half of it at least.
func sent(resident, offset float64) float64 { return max(resident-offset, resident/2) }

// carriedMbps returns the known bandwidth of x or, where it is that of a link as it is sold, which a typical stream
// does not fill, the bandwidth that would do as well: a factor on the link would change nothing there.
func carriedMbps(x migration.Features) float64 {
	line, _ := precopy.Typical.Rates(x)
	return line / (precopy.Typical.Efficiency * precopy.MiBPerMbit)
}

// Doubt returns the Sigma of a site of which no outcome is known.
func (c *Correction) Doubt() float64 {
	return Rounded(c.Sigma * math.Sqrt((priorRows+float64(c.Rows))/priorRows))
}

// apply makes of what the prior expects of a pause what is expected at the site.
func (c *Correction) apply(d *Distribution) {
	d.widen(c.Sigma)
	d.scale *= math.Exp(c.Spread)
	d.pause = c.pause()
}

// Valid reports whether c can have been learned.
func (c *Correction) Valid() bool {
	return c.Rows >= 0 && c.Sigma >= 0 && c.Sigma <= mostSigma && math.Abs(c.Memory) <= mostSigma &&
		math.Abs(c.Spread) <= mostSigma && math.Abs(c.FixedMS) < mostMS &&
		c.OffsetMiB >= 0 && c.OffsetMiB <= mostOffset && math.Abs(c.Bandwidth) <= mostBandwidth &&
		c.TailMiB >= 0 && c.TailMiB <= slices.Max(tails)
}

// pause is how a site's pauses differ from those of any: in their fixed part, in ms, and in the logarithm of the part
// that sends memory. The zero pause does not.
type pause struct{ fixed, memory float64 }

func (c *Correction) pause() pause { return pause{c.FixedMS, c.Memory} }

// leastFixedMS is less than any hand-over between two hosts takes.
const leastFixedMS = 0.5

// at returns the logarithm of the pause at the site for the logarithm of a pause at any.
func (p pause) at(log float64) float64 {
	ms, own := math.Exp(log), max(FixedMS+p.fixed, leastFixedMS)
	switch {
	case p == pause{}:
		return log
	case ms <= FixedMS:
		return log + math.Log(own/FixedMS)
	case math.IsInf(ms, 1):
		return log + p.memory
	}
	return math.Log(own + (ms-FixedMS)*math.Exp(p.memory))
}

// from is the inverse of at.
func (p pause) from(log float64) float64 {
	ms, own := math.Exp(log), max(FixedMS+p.fixed, leastFixedMS)
	switch {
	case p == pause{}:
		return log
	case ms <= own:
		return log - math.Log(own/FixedMS)
	case math.IsInf(ms, 1):
		return log - p.memory
	}
	return math.Log(FixedMS + (ms-own)*math.Exp(-p.memory))
}

// MemoryFactor returns what the part of a pause that sends memory is multiplied by.
func (c *Correction) MemoryFactor() float64 { return math.Exp(c.Memory) }

// BandwidthFactor returns what the bandwidth is multiplied by.
func (c *Correction) BandwidthFactor() float64 { return math.Exp(c.Bandwidth) }
