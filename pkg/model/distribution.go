package model

import (
	"math"
	"slices"
	"sort"
)

// distribution is a probability distribution on the log scale: a weighted sample,
// joined linearly, with exponential tails beyond its ends, and a calibration that
// maps its levels to those that held out of bag.
type distribution struct {
	at    []float64 // sample values, ascending
	level []float64 // cumulative probability at the middle of each value's weight
	tail  float64   // scale of the exponential tails
	mean  float64   // of the forest, not of the kept sample
	shift float64   // added to every value
	scale float64   // about the mean; 1 leaves the spread as it is
	dirty float64   // what the memory's part of a pause is stretched by, a logarithm
	cal   levels
}

// weighted is one value of a sample.
type weighted struct{ value, weight float64 }

// byValue is cmp.Compare without its care for NaN, which no sample holds: it is
// asked most of the time that a prediction takes beside walking trees.
func byValue(a, b weighted) int {
	switch {
	case a.value < b.value:
		return -1
	case a.value > b.value:
		return 1
	}
	return 0
}

// reset makes d of a sample that is not empty and whose weights sum to one. It
// reuses d's memory and orders the sample.
func (d *distribution) reset(sample []weighted, mean float64, m levels) {
	slices.SortFunc(sample, byValue)
	d.at, d.level = d.at[:0], d.level[:0]
	d.mean, d.shift, d.scale, d.dirty, d.cal = mean, 0, 1, 0, m
	d.tail = 0 // so that tailScale does not see the last sample's
	sum := 0.0
	for _, s := range sample {
		if n := len(d.at); n > 0 && d.at[n-1] == s.value {
			d.level[n-1] += s.weight / 2
		} else {
			d.at = append(d.at, s.value)
			d.level = append(d.level, sum+s.weight/2)
		}
		sum += s.weight
	}
	d.tail = d.tailScale()
}

// leastTail keeps the tails from vanishing where all neighbours had one value:
// 2 %, below what repeated migrations differ by.
const leastTail = 0.02

// tailScale is a fifth of the distance between the 10th and the 90th percentile:
// roughly the slope at which a normal distribution leaves its last deciles.
func (d *distribution) tailScale() float64 {
	return max(leastTail, (d.raw(0.9)-d.raw(0.1))/5)
}

// raw is the quantile of the sample at level p in (0, 1).
func (d *distribution) raw(p float64) float64 {
	n := len(d.at)
	switch {
	case p <= d.level[0]:
		return d.at[0] + d.tail*math.Log(max(p, 1e-12)/d.level[0])
	case p >= d.level[n-1]:
		return d.at[n-1] - d.tail*math.Log(max(1-p, 1e-12)/(1-d.level[n-1]))
	}
	i := sort.SearchFloat64s(d.level, p)
	share := (p - d.level[i-1]) / (d.level[i] - d.level[i-1])
	return d.at[i-1] + share*(d.at[i]-d.at[i-1])
}

// rawLevel is the inverse of raw: the sample's probability of a value below v.
func (d *distribution) rawLevel(v float64) float64 {
	n := len(d.at)
	switch {
	case v <= d.at[0]:
		return d.level[0] * math.Exp((v-d.at[0])/d.tail)
	case v >= d.at[n-1]:
		return 1 - (1-d.level[n-1])*math.Exp(-(v-d.at[n-1])/d.tail)
	}
	i := sort.SearchFloat64s(d.at, v)
	share := (v - d.at[i-1]) / (d.at[i] - d.at[i-1])
	return d.level[i-1] + share*(d.level[i]-d.level[i-1])
}

// quantile is the calibrated quantile at level p.
func (d *distribution) quantile(p float64) float64 {
	return stretch(d.shift+d.mean+d.scale*(d.raw(d.cal.quantile(p))-d.mean), d.dirty)
}

// probability is the calibrated probability of a value below v.
func (d *distribution) probability(v float64) float64 {
	v = stretch(v, -d.dirty)
	return d.cal.probability(d.rawLevel(d.mean + (v-d.shift-d.mean)/d.scale))
}

// center is the mean of the forest on the scale that quantile answers on.
func (d *distribution) center() float64 { return stretch(d.mean+d.shift, d.dirty) }

// widen adds an independent error of the given sigma, keeping the shape.
func (d *distribution) widen(sigma float64) {
	spread := (d.quantile(0.84) - d.quantile(0.16)) / 2
	d.scale *= math.Sqrt(1 + sigma*sigma/max(spread*spread, 1e-4))
}

// width is the length of the central interval of the given level.
func (d *distribution) width(level float64) float64 {
	return d.quantile((1+level)/2) - d.quantile((1-level)/2)
}

// levels is a recalibration of probability levels (Kuleshov, Fenner and Ermon
// 2018): the quantiles, at evenly spaced levels from 0 to 1, of the levels at
// which the truth lay out of bag. Empty changes nothing.
type levels []float64

// levelsOf learns a recalibration from out-of-bag levels, which it sorts. The
// quantiles are those of conformal prediction: the k-th smallest of n stands for
// the level k/(n+1), so that an interval holds its share also of few rows.
func levelsOf(u []float64) levels {
	const steps = 200
	slices.Sort(u)
	m := make(levels, steps+1)
	m[steps] = 1
	n := float64(len(u))
	for i := 1; i < steps; i++ {
		position := float64(i) / steps * (n + 1)
		k := int(position)
		switch {
		case k < 1:
			m[i] = u[0] * position
		case k >= len(u):
			m[i] = 1 - (1-u[len(u)-1])*(n+1-position)
		default:
			m[i] = u[k-1] + (position-float64(k))*(u[k]-u[k-1])
		}
		m[i] = math.Round(m[i]*1e6) / 1e6
	}
	return m
}

// quantile is the raw level at which a share p of the truths lay below.
func (m levels) quantile(p float64) float64 {
	if len(m) == 0 {
		return p
	}
	position := p * float64(len(m)-1)
	i := min(int(position), len(m)-2)
	return m[i] + (position-float64(i))*(m[i+1]-m[i])
}

// probability is the inverse of quantile. Where m is flat it answers the middle.
func (m levels) probability(u float64) float64 {
	if len(m) == 0 {
		return u
	}
	low := sort.SearchFloat64s(m, u)
	high := sort.Search(len(m), func(i int) bool { return m[i] > u })
	steps := float64(len(m) - 1)
	switch {
	case high > low:
		return (float64(low) + float64(high-1)) / 2 / steps
	case low == 0:
		return 0
	case low == len(m):
		return 1
	}
	return (float64(low-1) + (u-m[low-1])/(m[low]-m[low-1])) / steps
}
