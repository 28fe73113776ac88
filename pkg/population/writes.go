package population

import "math"

// writes is how a guest really dirties memory: two sets, each written uniformly,
// of which the smaller is hot. No rate and plateau alone describe it.
type writes struct {
	hotRate, hotMiB   float64
	coldRate, coldMiB float64
}

// at returns the true dirty curve: distinct MiB dirtied within t seconds.
func (w writes) at(t float64) float64 {
	return saturate(w.hotMiB, w.hotRate, t) + saturate(w.coldMiB, w.coldRate, t)
}

func (w writes) workingSet() float64 { return w.hotMiB + w.coldMiB }

func saturate(set, rate, t float64) float64 {
	if set <= 0 {
		return 0
	}
	return -set * math.Expm1(-rate*t/set)
}

// rewriteSeconds is how long a guest takes to write its hot pages once: well within the shortest window measured.
const rewriteSeconds = 0.04

// shaped returns writes that dirty rate MiB within a second, set MiB in the long run, and rate/ratio within a tenth
// of a second: a hot set that is rewritten all the time, and pages that are written at random.
func shaped(rate, set, ratio float64) writes {
	within := -math.Expm1(-0.1 / rewriteSeconds) // of the hot set, within a tenth of a second
	hot := clamp((1/ratio-0.1)/(within-0.1), 0, 1) * rate
	cold := max(set-hot, rate-hot)
	return writes{hot / rewriteSeconds, hot, 0, cold}.fitCold(rate)
}

// fitCold returns w with the cold rate that makes w dirty rate MiB within a second.
func (w writes) fitCold(rate float64) writes {
	rest := rate - saturate(w.hotMiB, w.hotRate, 1)
	if w.coldMiB > 0 && rest > 0 {
		w.coldRate = -w.coldMiB * math.Log1p(-min(rest/w.coldMiB, mostAtOnce))
	}
	return w
}

// scaled returns w with both sets so many times as large, and written so many times as fast.
func (w writes) scaled(sets, rates float64) writes {
	return writes{w.hotRate * rates, w.hotMiB * sets, w.coldRate * rates, w.coldMiB * sets}
}

// mostAtOnce is the largest share of its working set that a guest is taken to
// dirty within a second, where it was measured to dirty all of it.
const mostAtOnce = 0.99

// fitted returns w made to dirty rate MiB in one second and set MiB in the long run; either may be NaN, unknown. A
// rate that the set cannot hold widens the set, since a rate is the finer measurement.
func (w writes) fitted(rate, set float64) writes {
	switch {
	case math.IsNaN(rate) && math.IsNaN(set):
		return w
	case math.IsNaN(rate):
		return w.scaled(set/w.workingSet(), 1)
	case math.IsNaN(set):
		same := rate / w.at(1)
		return w.scaled(same, same)
	}
	w = w.scaled(max(set, rate/mostAtOnce)/w.workingSet(), 1)
	return w.scaled(1, w.until(rate))
}

// until returns the time in seconds that w takes to dirty mib, which must lie below its working set or be 0.
func (w writes) until(mib float64) float64 {
	if mib == 0 {
		return 0
	}
	high := 1.0
	for w.at(high) < mib {
		high *= 2
	}
	for w.at(high/2) >= mib {
		high /= 2
	}
	low := high / 2
	for range 40 {
		if middle := (low + high) / 2; w.at(middle) < mib {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
