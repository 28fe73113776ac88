package prediction

import "math"

// Tolerance is how far off a predicted downtime may be and still be a hit, as a share of the actual one.
const Tolerance = 0.25

// LeastMS keeps logarithms and relative errors finite: no pause and no migration is shorter, in ms.
const LeastMS = 0.1

// Hit reports whether a prediction is off by at most a quarter of the actual value.
func Hit(predicted, actual float64) bool {
	return math.Abs(predicted-actual) <= Tolerance*actual
}

// Verdict says how right a prediction was.
type Verdict struct {
	RelativeError float64 // |predicted - actual| / actual of the downtime, as a fraction
	Within25      bool    // the predicted downtime is a Hit
	Held          bool    // the 90 % interval held the actual downtime
}

// Judge compares a prediction with the downtime that came of it, in ms and above 0.
func (s *Summary) Judge(actualMS float64) Verdict {
	return Verdict{
		RelativeError: math.Abs(s.DowntimeMS-actualMS) / actualMS,
		Within25:      Hit(s.DowntimeMS, actualMS),
		Held:          s.LowerMS <= actualMS && actualMS <= s.UpperMS,
	}
}
