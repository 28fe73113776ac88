package evaluate

import "vmmp/pkg/prediction"

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
	Confidence   float64     // probability that Point is a hit
}

// summary returns the forecast without its quantiles, as it is kept once it is written down.
func (f *Forecast) summary() prediction.Summary {
	return prediction.Summary{DowntimeMS: f.Point, LowerMS: f.Lower, UpperMS: f.Upper, Confidence: f.Confidence}
}

// pinball returns twice the mean pinball loss of the quantiles over Levels: the CRPS of one forecast.
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
