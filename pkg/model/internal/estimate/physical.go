package estimate

import (
	"math"
	"slices"

	"vmmp/pkg/evaluate"
)

// Physical is how far the physics alone was off, in logarithms, on rows that no tree had seen. The zero Physical never
// decides.
type Physical struct {
	Errors []float64 `json:"errors,omitempty"` // quantiles at evenly spaced levels, ascending
	Mean   float64   `json:"mean"`             // error
	Most   float64   `json:"most"`             // distance from the physics up to which a forest has shown to be right
}

// Valid reports whether p can have been learned.
func (p *Physical) Valid() bool {
	far := func(v float64) bool { return !(math.Abs(v) <= mostSigma) }
	return slices.IsSorted(p.Errors) && !slices.ContainsFunc(p.Errors, far) && !far(p.Mean) && p.Most >= 0 && !far(p.Most)
}

// decides reports whether the physics answers, which expects one logarithm where the forest says another.
func (p *Physical) decides(expected, forest float64, outside bool) bool {
	return len(p.Errors) > 0 && !math.IsNaN(expected) && (outside || math.Abs(forest-expected) > p.Most)
}

// fill makes d of the physics and its errors.
func (p *Physical) fill(d *Distribution, b *Buffers, expected float64) {
	b.sample = b.sample[:0]
	for _, e := range p.Errors {
		b.sample = append(b.sample, weighted{e, 1 / float64(len(p.Errors))})
	}
	d.reset(b.sample, p.Mean, nil)
	d.shift = expected
}

// Expects returns the logarithm in ms that the physics expects of a quantity, over all hypotheses of how the guest
// dirties; NaN where it cannot be computed.
func (p *Physics) Expects(t evaluate.Target) float64 {
	if !p.Computed {
		return math.NaN()
	}
	sum := 0.0
	for _, e := range p.expected {
		if t == evaluate.TotalTime {
			sum += e.LogTotal
		} else {
			sum += e.LogDowntime
		}
	}
	return sum / float64(len(p.expected))
}

// convergence returns the probability of switching over by the physics alone, which is never sure.
func (p *Physics) convergence() float64 {
	sum := 0.0
	for _, e := range p.expected {
		sum += e.Converged
	}
	const doubt = 0.02
	return min(max(sum/float64(len(p.expected)), doubt), 1-doubt)
}
