package population

import (
	"math/rand/v2"
	"time"

	"vmmp/pkg/precopy"
)

// site is a pair of hosts, with what differs from run to run there.
type site struct {
	precopy.Site
	stopSigma float64 // of the speed of the stop phase
}

// drawSite draws a site. Its constants are spread around precopy.Typical as far as those of the sites are that were
// measured; doc.go says where each figure comes from.
func drawSite(r *rand.Rand, measuredLink bool) site {
	s := site{stopSigma: logUniform(r, leastStopSigma, mostStopSigma)}
	s.Overhead = time.Duration(lognormal(r, float64(precopy.Typical.Overhead), overheadSigma))
	s.Efficiency = drawEfficiency(r, measuredLink)
	s.StreamMbps = lognormal(r, precopy.Typical.StreamMbps, streamSigma)
	s.TLSMbps = lognormal(r, precopy.Typical.TLSMbps, streamSigma)
	s.ZeroRate = lognormal(r, medianZeroRate, zeroRateSigma)
	s.EndMiB = pick(r, displays)
	if r.Float64() < wholeProcessShare {
		s.OffsetMiB = lognormal(r, processMiB, processSigma)
	}
	s.Heat = lognormal(r, 1, steadySigma)
	if r.Float64() < hotterShare {
		s.Heat = logUniform(r, 1, mostHeat)
	}
	s.Optimism = lognormal(r, 1, optimismSigma)
	s.Postcopy = time.Duration(lognormal(r, float64(precopy.Typical.Postcopy), handoverSigma))
	s.Restart = time.Duration(lognormal(r, float64(precopy.Typical.Restart), handoverSigma))
	s.Wire = uniform(r, 0.3, 1)
	s.Packing = lognormal(r, 1, packingSigma)
	s.Resend = uniform(r, 0.2, 1)
	return s
}

// The spread of sites.
const (
	overheadSigma     = 0.45   // 7 and 26 ms are about the 6th and the 92nd percentile around 14
	streamSigma       = 0.35   // of one stream, plain or encrypted
	medianZeroRate    = 20_000 // MiB/s
	zeroRateSigma     = 0.4
	wholeProcessShare = 0.35 // share of sites where the resident memory is that of the whole process
	processMiB        = 60   // of which the hypervisor's own part is about that
	processSigma      = 0.4
	hotterShare       = 0.2 // share of sites whose guests dirty faster while they are moved
	steadySigma       = 0.05
	mostHeat          = 3
	optimismSigma     = 0.04
	handoverSigma     = 0.7 // of post-copy and of a restart
	packingSigma      = 0.5 // of the speed of compression
	leastStopSigma    = 0.01
	mostStopSigma     = 0.3
	starvedShare      = 0.1 // share of sites whose hosts do not fill their link: processors that are busy with the guests
)

// choice is one of several values, with its share.
type choice struct{ share, value float64 }

// pick draws one of the values; shares sum to one.
func pick(r *rand.Rand, choices []choice) float64 {
	at := r.Float64()
	for _, c := range choices {
		if at -= c.share; at < 0 {
			return c.value
		}
	}
	return choices[len(choices)-1].value
}

// displays are the MiB that a guest's display and firmware add behind its RAM: next to none without a display, 16
// and 0.4 by QEMU's default, and what some adapters take otherwise.
var displays = []choice{{0.2, 0}, {0.025, 4.4}, {0.025, 8.4}, {0.7, 16.4}, {0.025, 32.4}, {0.025, 64.4}}

// drawEfficiency draws which share of what is called the bandwidth carries memory: all of one that was measured, 94
// or 99 % of a nominal one by its frames.
func drawEfficiency(r *rand.Rand, measured bool) float64 {
	shares := []choice{{0.85, 0.941}, {0.1, 0.99}, {0.05, 1}}
	if measured {
		shares = []choice{{0.3, 0.941}, {0.1, 0.99}, {0.6, 1}}
	}
	efficiency := min(pick(r, shares)*(1+0.005*r.NormFloat64()), 1)
	if r.Float64() < starvedShare {
		efficiency *= uniform(r, 0.6, 1)
	}
	return efficiency
}
