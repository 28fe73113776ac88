package evaluate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Quantile returns the least of values, in any order, that at least a share p of them does not exceed: the empirical
// distribution's quantile, so that the median of four values is the second. It is NaN without values or with a NaN
// among them. It panics unless p is within 0..1.
func Quantile(p float64, values []float64) float64 {
	if len(values) == 0 || slices.ContainsFunc(values, math.IsNaN) {
		return math.NaN()
	}
	return quantile(p, slices.Sorted(slices.Values(values)))
}

// quantile returns the quantile as Quantile does, of ascending values.
func quantile(p float64, sorted []float64) float64 {
	return stat.Quantile(p, stat.Empirical, sorted, nil)
}

// Quantiles are the least, the mean, some quantiles and the greatest of several values; of errors the least is the best
// prediction's.
type Quantiles struct {
	Min    float64 `json:"min"`
	Mean   float64 `json:"mean"`
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
	Max    float64 `json:"max"`
}

// NewQuantiles returns the Quantiles of values, none of which may be NaN; nil without values.
func NewQuantiles(values []float64) *Quantiles {
	if len(values) == 0 {
		return nil
	}
	sorted, sum := slices.Sorted(slices.Values(values)), 0.0
	for _, v := range sorted {
		sum += v
	}
	return &Quantiles{
		Min: sorted[0], Mean: sum / float64(len(sorted)), Median: quantile(0.5, sorted),
		P90: quantile(0.9, sorted), P99: quantile(0.99, sorted), Max: sorted[len(sorted)-1],
	}
}
