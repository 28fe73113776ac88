package estimate

import (
	"math"
	"slices"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
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
	fixedDeviation  = 0.2
	memoryDeviation = 0.15
	timeDeviation   = 0.10
	deviation       = 0.15
	totalDeviation  = 0.05
	offsetMiB       = 60 // that half of all hypervisors count as resident
)

// LearnCorrection returns what the outcomes of a site teach about the answers of the prior: the most probable constants
// of the site, of which the prior knows how much they spread, and by what the trees are then still off. Few outcomes
// move them little. Sigma is by how much the prior's answers are widened where no outcome is known; what is doubted of
// a site is known after as many outcomes as the prior's width counts for.
func (es *Experts) LearnCorrection(sigma float64, outcomes []Outcome) Correction {
	var c Correction
	if place := PlaceOf(outcomes); place != es.Prior.Place {
		c.Place = place
	}
	c.learnTime(c.residuals(es, outcomes, evaluate.TotalTime))
	rows := c.residuals(es, outcomes, evaluate.Downtime)
	c.Rows = len(rows)
	c.fitPause(rows)
	c.learnWidth(rows, sigma)
	return c
}

// residual is one outcome beside what the prior says of it.
type residual struct {
	actual   float64 // logarithm
	expected float64 // logarithm
	spread   float64 // half of the central 68 %
}

// residuals asks the prior about the outcomes that tell a quantity, at the place that was found, but does not correct
// what it says.
func (c *Correction) residuals(es *Experts, outcomes []Outcome, t evaluate.Target) []residual {
	asked := Correction{Place: c.Place}
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
		all[i] = residual{actual: LogMS(y), expected: d.Center(), spread: d.Width(0.68) / 2}
	})
	return slices.DeleteFunc(all, func(r residual) bool { return math.IsNaN(r.actual) })
}

// learnTime learns the factor on the total time, and how sure it is.
func (c *Correction) learnTime(rows []residual) {
	c.Time = Rounded(argmin(4*timeDeviation, func(v float64) float64 {
		loss := square(v/timeDeviation) / 2
		for _, r := range rows {
			loss += robust((r.actual - r.expected - v) / totalDeviation)
		}
		return loss
	}))
	squares := make([]float64, len(rows))
	for i, r := range rows {
		squares[i] = square((r.actual - r.expected - c.Time) / max(r.spread, leastTail))
	}
	c.TimeSpread = spreadOf(squares)
}

// fitPause sets the most probable fixed part and factor.
func (c *Correction) fitPause(rows []residual) {
	expected := c.expectedMS()
	loss := func(fixed, memory float64) float64 {
		p := pause{expected, expected * math.Expm1(fixed), memory}
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
	c.FixedMS, c.Memory = Rounded(expected*math.Expm1(fixed)), Rounded(memory)
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
	c.Spread = spreadOf(squares)
}

// spreadOf returns the logarithm of the factor on the width of answers whose errors have these squares, in units of the
// variance that was expected.
func spreadOf(squares []float64) float64 {
	n, factor := float64(len(squares)), 1.0 // of the variance
	const turns, kept = 40, 0.9775          // share of a normal distribution's variance that is left so
	for range turns {
		sum := 0.0
		for _, s := range squares {
			sum += min(s, square(surprise)*factor) / kept
		}
		factor = (priorRows + sum) / (priorRows + n)
	}
	return Rounded(math.Log(factor) / 2)
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
