package estimate

import (
	"math"
	"slices"
	"sort"

	"vmmp/pkg/prediction"
)

// Distribution is a probability distribution on the log scale: a weighted sample, joined linearly, with exponential
// tails beyond its ends, and a calibration that maps its levels to those that held out of bag.
type Distribution struct {
	at    []float64 // sample values, ascending
	level []float64 // cumulative probability at the middle of each value's weight
	tail  float64   // scale of the exponential tails
	mean  float64   // of the forest, not of the kept sample
	shift float64   // added to every value
	scale float64   // about the mean; 1 leaves the spread as it is
	pause           // of the site
	cal   Levels
}

// weighted is one value of a sample.
type weighted struct{ value, weight float64 }

// byValue compares as cmp.Compare does, without its care for NaN, which no sample holds: it takes most of the time that
// a prediction takes beside walking trees.
func byValue(a, b weighted) int {
	switch {
	case a.value < b.value:
		return -1
	case a.value > b.value:
		return 1
	}
	return 0
}

// reset makes d of a sample that is not empty and whose weights sum to one. It reuses d's memory and orders the sample.
func (d *Distribution) reset(sample []weighted, mean float64, m Levels) {
	slices.SortFunc(sample, byValue)
	d.at, d.level = d.at[:0], d.level[:0]
	d.mean, d.shift, d.scale, d.pause, d.cal = mean, 0, 1, pause{}, m
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

// leastTail keeps the tails from vanishing where all neighbours had one value: 2 %, below what repeated migrations
// differ by.
const leastTail = 0.02

// tailScale returns a fifth of the distance between the 10th and the 90th percentile: roughly the slope at which a
// normal distribution leaves its last deciles.
func (d *Distribution) tailScale() float64 {
	return max(leastTail, (d.raw(0.9)-d.raw(0.1))/5)
}

// raw returns the quantile of the sample at level p in (0, 1).
func (d *Distribution) raw(p float64) float64 {
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

// RawLevel returns the inverse of raw: the sample's probability of a value below v.
func (d *Distribution) RawLevel(v float64) float64 {
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

// quantile returns the calibrated quantile at level p.
func (d *Distribution) quantile(p float64) float64 {
	return d.pause.at(d.shift + d.mean + d.scale*(d.raw(d.cal.Quantile(p))-d.mean))
}

// probability returns the calibrated probability of a value below v.
func (d *Distribution) probability(v float64) float64 {
	v = d.pause.from(v)
	return d.cal.probability(d.RawLevel(d.mean + (v-d.shift-d.mean)/d.scale))
}

// Center returns the mean of the forest on the scale of quantile.
func (d *Distribution) Center() float64 { return d.pause.at(d.mean + d.shift) }

// widen adds an independent error of the given sigma, keeping the shape.
func (d *Distribution) widen(sigma float64) {
	spread := (d.quantile(0.84) - d.quantile(0.16)) / 2
	d.scale *= math.Sqrt(1 + sigma*sigma/max(spread*spread, 1e-4))
}

// Width returns the length of the central interval of the given level.
func (d *Distribution) Width(level float64) float64 {
	return d.quantile((1+level)/2) - d.quantile((1-level)/2)
}

// Within returns the probability, before calibration, that the mean is off by at most a quarter of the truth: p/1.25 <=
// Y <= p/0.75.
func (d *Distribution) Within() float64 {
	high := d.probability(d.Center() - math.Log(1-prediction.Tolerance))
	low := d.probability(d.Center() - math.Log(1+prediction.Tolerance))
	return max(0, high-low)
}

// Levels is a recalibration of probability levels (Kuleshov, Fenner and Ermon 2018): the quantiles, at evenly spaced
// levels from 0 to 1, of the levels at which the truth lay out of bag. Empty changes nothing.
type Levels []float64

// Quantile returns the raw level at which a share p of the truths lay below.
func (m Levels) Quantile(p float64) float64 {
	if len(m) == 0 {
		return p
	}
	position := p * float64(len(m)-1)
	i := min(int(position), len(m)-2)
	return m[i] + (position-float64(i))*(m[i+1]-m[i])
}

// probability returns the inverse of Quantile. Where m is flat it returns the middle.
func (m Levels) probability(u float64) float64 {
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

// Valid reports whether m rises from 0 to 1.
func (m Levels) Valid() bool {
	n := len(m)
	return n == 0 || n > 1 && m[0] == 0 && m[n-1] == 1 && slices.IsSorted(m)
}
