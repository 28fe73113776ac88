package evaluate

import "math"

// Tolerance is how far off a prediction may be and still be a hit, as a share of
// the real value.
const Tolerance = 0.25

// LeastMS keeps logarithms and relative errors finite: no pause and no migration is
// shorter.
const LeastMS = 0.1

// Levels are the quantile levels of CRPS: 0.05, 0.10 .. 0.95.
var Levels = levels()

func levels() (levels [19]float64) {
	for i := range levels {
		levels[i] = float64(i+1) / 20
	}
	return levels
}

// Forecast is one probabilistic prediction of a positive quantity in ms.
type Forecast struct {
	Point        float64
	Quantiles    [19]float64 // at Levels, never falling
	Lower, Upper float64     // 90 % interval
	Confidence   float64     // probability that Point is a Hit
}

// Outlook is a forecast without its quantiles: what is kept of one that is
// written down until its outcome is known.
type Outlook struct {
	Point        float64
	Lower, Upper float64 // 90 % interval
	Confidence   float64 // probability that Point is a Hit
}

// outlook is the forecast without its quantiles.
func (f *Forecast) outlook() Outlook { return Outlook{f.Point, f.Lower, f.Upper, f.Confidence} }

// Hit says whether a prediction is off by at most a quarter of the real value.
func Hit(predicted, actual float64) bool {
	return math.Abs(predicted-actual) <= Tolerance*actual
}

// pinball is twice the mean pinball loss of the quantiles over Levels: the CRPS
// of one forecast.
func (f *Forecast) pinball(actual float64) float64 {
	sum := 0.0
	for i, level := range Levels {
		if off := actual - f.Quantiles[i]; off >= 0 {
			sum += level * off
		} else {
			sum += (level - 1) * off
		}
	}
	return 2 * sum / float64(len(Levels))
}
