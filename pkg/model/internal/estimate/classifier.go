package estimate

import "vmmp/forest"

// Classifier predicts the probability that pre-copy switches over by itself.
type Classifier struct {
	Forest      *forest.Forest
	Reliability Calibrations[Reliability]
}

// Probability returns the calibrated probability for one row of columns.
func (c *Classifier) Probability(row []float64, k Class) float64 {
	return c.Reliability.Of(k).Of(min(max(c.Forest.PredictRow(row), 0), 1))
}
