package estimate

import (
	"math"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// An Outcome is what came of one migration of a site, with what was known of the VM.
type Outcome struct {
	Features    migration.Features
	DowntimeMS  float64 // NaN where pre-copy did not switch over by itself, or nobody looked
	TotalTimeMS float64 // the same
}

// How far sites differ, as standard deviations of logarithms, and how far one migration differs from the next at a site
// that is known at the least. They are about those that package population draws sites by.
const (
	fixedDeviation     = 0.45
	memoryDeviation    = 0.30
	bandwidthDeviation = 0.04
	deviation          = 0.15
	totalDeviation     = 0.05
	offsetMiB          = 60 // that half of all hypervisors count as resident
)

// LearnCorrection returns what the outcomes of a site teach about the answers of the prior: the most probable constants
// of the site, of which the prior knows how much they spread, by alternate search. Few outcomes move them little. Sigma
// is by how much the prior's answers are widened where no outcome is known; what is doubted of a site is known after as
// many outcomes as the prior's width counts for.
func (es *Experts) LearnCorrection(sigma float64, outcomes []Outcome) Correction {
	var c Correction
	c.learnFirstRound(es, outcomes)
	c.learnPause(es, sigma, outcomes)
	return c
}

// residual is one outcome beside what the prior says of it.
type residual struct {
	actual   float64 // logarithm
	expected float64 // logarithm
	spread   float64 // half of the central 68 %
	resident float64 // MiB, NaN where it is unknown
	capped   bool    // what the link carries does not decide how long the rounds take
}

// residuals asks the prior about the outcomes that tell a quantity, as it is asked about VMs of the site so far, but
// does not correct what it says.
func (c *Correction) residuals(es *Experts, outcomes []Outcome, t evaluate.Target) []residual {
	asked := Correction{OffsetMiB: c.OffsetMiB, Bandwidth: c.Bandwidth, TailMiB: c.TailMiB}
	all := make([]residual, len(outcomes))
	Parallel(len(outcomes), func(b *Buffers, i int) {
		o := &outcomes[i]
		y := o.DowntimeMS
		if t == evaluate.TotalTime {
			y = o.TotalTimeMS
		}
		from := Estimator{Prior: es.Prior, Correction: asked, Outside: es.outside(o.Features)}
		views := from.views(b, o.Features)
		d := distribution(b, views, t)
		if d == nil || math.IsNaN(y) || !views[0].physics.Computed {
			all[i].actual = math.NaN()
			return
		}
		all[i] = residual{
			actual: LogMS(y), expected: d.Center(), spread: d.Width(0.68) / 2,
			resident: o.Features.Get(migration.ResidentMiB), capped: capped(o.Features),
		}
	})
	kept := all[:0]
	for _, r := range all {
		if !math.IsNaN(r.actual) {
			kept = append(kept, r)
		}
	}
	return kept
}

// capped reports whether the hypervisor holds the rounds back.
func capped(x migration.Features) bool {
	line, round := precopy.Typical.Rates(x)
	return round < line
}

// mostOffset and mostBandwidth bound what is searched for.
const (
	mostOffset    = 4 * offsetMiB
	mostBandwidth = 4 * bandwidthDeviation
)

// learnFirstRound learns from total times what of the resident memory is not sent, and what the link carries.
func (c *Correction) learnFirstRound(es *Experts, outcomes []Outcome) {
	rows := c.residuals(es, outcomes, evaluate.TotalTime)
	off := make([]float64, len(rows))
	least := math.Inf(1)
	for offset := 0.0; offset <= mostOffset; offset += offsetMiB / 20 {
		for i, r := range rows {
			off[i] = r.actual - r.expected
			if !math.IsNaN(r.resident) {
				off[i] -= math.Log(sent(r.resident, offset) / r.resident)
			}
		}
		const steps = 40
		for step := -steps; step <= steps; step++ {
			bandwidth := mostBandwidth * float64(step) / steps
			loss := offset/offsetMiB + square(bandwidth/bandwidthDeviation)/2
			for i, v := range off {
				if !rows[i].capped {
					v += bandwidth
				}
				loss += robust(v / totalDeviation)
			}
			if loss < least {
				least, c.OffsetMiB, c.Bandwidth = loss, Rounded(offset), Rounded(bandwidth)
			}
		}
	}
}

// tails are the MiB of zeros that a site's guests may have at the end of their RAM: none known of, as in guests that
// have run for long, or what a boot or a ballooning host leaves.
var tails = []float64{0, 8, 16, 32, 48, 64, 96, 128}

// searched is the number of outcomes by which the tail is searched for: each is asked about for every tail.
const searched = 300

// learnPause learns from downtimes where zeros lie, the fixed part of a pause, the factor on the rest, and how sure the
// prior may be.
func (c *Correction) learnPause(es *Experts, sigma float64, outcomes []Outcome) {
	least, tail := math.Inf(1), 0.0
	for _, c.TailMiB = range tails {
		loss := c.fitPause(c.residuals(es, outcomes[:min(len(outcomes), searched)], evaluate.Downtime))
		if c.TailMiB > 0 {
			loss += tailDoubt
		}
		if loss < least {
			least, tail = loss, c.TailMiB
		}
	}
	c.TailMiB = tail
	rows := c.residuals(es, outcomes, evaluate.Downtime)
	c.Rows = len(rows)
	c.fitPause(rows)
	c.learnWidth(rows, sigma)
}

// tailDoubt is the loss of a tail of zeros, which one site in twenty has.
const tailDoubt = 3

// fitPause sets the most probable fixed part and factor, and returns what is lost by them.
func (c *Correction) fitPause(rows []residual) float64 {
	loss := func(fixed, memory float64) float64 {
		p := pause{FixedMS * math.Expm1(fixed), memory}
		sum := square(fixed/fixedDeviation)/2 + square(memory/memoryDeviation)/2
		for _, r := range rows {
			sum += robust((r.actual - p.at(r.expected)) / max(r.spread, deviation))
		}
		return sum
	}
	fixed, memory := 0.0, 0.0
	const turns = 4
	for range turns {
		fixed = argmin(4*fixedDeviation, func(v float64) float64 { return loss(v, memory) })
		memory = argmin(4*memoryDeviation, func(v float64) float64 { return loss(fixed, v) })
	}
	c.FixedMS, c.Memory = Rounded(FixedMS*math.Expm1(fixed)), Rounded(memory)
	return loss(fixed, memory)
}

// learnWidth learns how sure the prior may be, by how many of its deviations the outcomes are from what is expected.
// Those beyond a surprise count as if they were at it, wherever that lies by what is learned (proposal 2 of Huber
// 1964).
func (c *Correction) learnWidth(rows []residual, sigma float64) {
	n := float64(len(rows))
	c.Sigma = Rounded(sigma * math.Sqrt(priorRows/(priorRows+n)))
	squares := make([]float64, len(rows))
	for i, r := range rows {
		variance := square(max(r.spread, leastTail)) + square(c.Sigma)
		squares[i] = square(r.actual-c.pause().at(r.expected)) / variance
	}
	factor := 1.0                  // of the variance
	const turns, kept = 40, 0.9775 // share of a normal distribution's variance that is left so
	for range turns {
		sum := 0.0
		for _, s := range squares {
			sum += min(s, square(surprise)*factor) / kept
		}
		factor = (priorRows + sum) / (priorRows + n)
	}
	c.Spread = Rounded(math.Log(factor) / 2)
}

// priorRows is how many outcomes the width of the prior's answers counts for.
const priorRows = 10

// surprise is beyond how many deviations an outcome is a stall, which tells nothing of the site.
const surprise = 2.5

// argmin returns the value within most of zero, in steps, at which f is least.
func argmin(most float64, f func(float64) float64) float64 {
	const steps = 40
	best, least := 0.0, f(0)
	for i := -steps; i <= steps; i++ {
		v := most * float64(i) / float64(steps)
		if loss := f(v); loss < least {
			best, least = v, loss
		}
	}
	return best
}

// robust returns the loss of an error in deviations: half its square, but no more than linear beyond a surprise (Huber
// 1964).
func robust(deviations float64) float64 {
	if off := math.Abs(deviations); off > surprise {
		return surprise * (off - surprise/2)
	}
	return square(deviations) / 2
}

func square(v float64) float64 { return v * v }

// Rounded keeps six decimals, so that a model is the same whatever the last bits of its processor's exponentials are.
func Rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }
