package estimate

import (
	"math"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/precopy"
)

// Correction holds what the outcomes of a site teach about the answers of the prior, which knows all sites and none: a
// few numbers, drawn towards those of any site as long as the outcomes are few. The zero Correction changes nothing.
type Correction struct {
	Rows    int          `json:"rows"`           // outcomes of the site that it was learned from; 0: the site is not known
	Place   precopy.Site `json:"place,omitzero"` // whose physics is computed; none: the prior's own
	FixedMS float64      `json:"fixed_ms"`       // added to the fixed part of a pause
	Memory  float64      `json:"memory"`         // logarithm of the factor on the part that sends memory
	Time    float64      `json:"time"`           // logarithm of the factor on the total time
	Spread  float64      `json:"spread"`         // logarithm of the factor on the width of the answer
	// TimeSpread is the same of the total time.
	TimeSpread float64 `json:"time_spread,omitempty"`
	Sigma      float64 `json:"sigma"` // error of the logarithm by which the answer is widened beside
}

// Known reports whether outcomes told the constants of the site, so that they are not those of a typical one.
func (c *Correction) Known() bool { return c.Place != precopy.Site{} }

// place returns the site whose physics an expert computes.
func (c *Correction) place(e *Expert) *precopy.Site {
	if c.Known() {
		return &c.Place
	}
	return &e.Place
}

// afar returns the correction of a VM that is unlike those of the site which told it: what the outcomes say of the site
// holds of it, too, but not how sure that makes.
func (c *Correction) afar() Correction {
	far := *c
	far.Sigma, far.Spread, far.TimeSpread = c.Doubt(), max(c.Spread, 0), max(c.TimeSpread, 0)
	return far
}

// settles reports whether the physics alone answers for a quantity once the constants of the site are known: a total
// time is hardly more than them, and the trees have learned what it is where nobody knows them.
func (c *Correction) settles(t evaluate.Target) bool { return c.Known() && t == evaluate.TotalTime }

// Doubt returns the Sigma of a site of which no outcome is known.
func (c *Correction) Doubt() float64 {
	return Rounded(c.Sigma * math.Sqrt((priorRows+float64(c.Rows))/priorRows))
}

// apply makes of what the prior expects of a quantity what is expected at the site.
func (c *Correction) apply(d *Distribution, t evaluate.Target) {
	if t == evaluate.TotalTime {
		d.shift += c.Time
		d.scale *= math.Exp(c.TimeSpread)
		return
	}
	d.widen(c.Sigma)
	d.scale *= math.Exp(c.Spread)
	d.pause = c.pause()
}

// Valid reports whether c can have been learned.
func (c *Correction) Valid() bool {
	for _, v := range []float64{c.Memory, c.Time, c.Spread, c.TimeSpread, c.Sigma} {
		if !(math.Abs(v) <= mostSigma) {
			return false
		}
	}
	return c.Rows >= 0 && c.Sigma >= 0 && math.Abs(c.FixedMS) < mostMS && (!c.Known() || c.Place.Valid())
}

// pause is how the pauses of a site differ from what is expected of them: in their fixed part, which is expected to
// take so many ms, and in the logarithm of the part that sends memory. The zero pause does not.
type pause struct{ expected, fixed, memory float64 }

func (c *Correction) pause() pause {
	if c.FixedMS == 0 && c.Memory == 0 {
		return pause{}
	}
	return pause{c.expectedMS(), c.FixedMS, c.Memory}
}

// expectedMS returns what the physics expects of the fixed part.
func (c *Correction) expectedMS() float64 {
	if c.Known() {
		return float64(c.Place.Overhead) / float64(time.Millisecond)
	}
	return FixedMS
}

// leastFixedMS is less than any hand-over between two hosts takes.
const leastFixedMS = 0.5

// own returns the fixed part at the site.
func (p pause) own() float64 { return max(p.expected+p.fixed, leastFixedMS) }

// at returns the logarithm of the pause at the site for the logarithm of the expected one.
func (p pause) at(log float64) float64 {
	ms := math.Exp(log)
	switch {
	case p == pause{}:
		return log
	case ms <= p.expected:
		return log + math.Log(p.own()/p.expected)
	case math.IsInf(ms, 1):
		return log + p.memory
	}
	return math.Log(p.own() + (ms-p.expected)*math.Exp(p.memory))
}

// from is the inverse of at.
func (p pause) from(log float64) float64 {
	ms := math.Exp(log)
	switch {
	case p == pause{}:
		return log
	case ms <= p.own():
		return log - math.Log(p.own()/p.expected)
	case math.IsInf(ms, 1):
		return log - p.memory
	}
	return math.Log(p.expected + (ms-p.own())*math.Exp(-p.memory))
}
