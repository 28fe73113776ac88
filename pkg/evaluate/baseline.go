package evaluate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// ErrNoRows is the error of a baseline that was to be made of nothing.
var ErrNoRows = errors.New("no training rows")

// A Baseline is a point forecast with the distribution of the residuals that it had on its training rows. It is safe
// for concurrent use if its point forecast is.
type Baseline struct {
	point    func(migration.Features) float64
	answered residuals // where point answers
	median   float64
	fallback residuals // where it does not, and the median is used
}

// NewBaseline returns a point forecast calibrated by the residuals log(y/point(x)) of its training rows, all y being
// positive and in ms:
//
//   - its point is multiplied by exp(mean residual), which frees it of its bias in log space;
//   - its quantiles are point times the residuals' percentiles, its 90 % interval the 5th and the 95th of them;
//   - its confidence is the share of the training rows on which its corrected point was a hit.
//
// Where point returns NaN, infinity or less than 0, it has no answer: the median of all training y is used, with the
// residuals that has on all training rows. Points are floored at 0.1 ms. It is an error if there are no rows or if a y
// is not positive and finite.
func NewBaseline(point func(migration.Features) float64, x []migration.Features, y []float64) (*Baseline, error) {
	mustMatch(len(x), len(y))
	if err := checkTargets(y); err != nil {
		return nil, err
	}
	b := &Baseline{point: point, median: Quantile(0.5, y)}
	b.fallback = newResiduals(slices.Repeat([]float64{b.median}, len(y)), y)
	b.answered = b.fallback
	var points, actual []float64
	for i := range x {
		if p, ok := b.predict(x[i]); ok {
			points, actual = append(points, p), append(actual, y[i])
		}
	}
	if len(points) > 0 {
		b.answered = newResiduals(points, actual)
	}
	return b, nil
}

// Median returns the baseline that knows nothing of the VM: the training median.
func Median(x []migration.Features, y []float64) (*Baseline, error) {
	return NewBaseline(func(migration.Features) float64 { return math.NaN() }, x, y)
}

// Forecast returns the forecast of the migration of a VM of which x is known.
func (b *Baseline) Forecast(x migration.Features) Forecast {
	if p, ok := b.predict(x); ok {
		return b.answered.forecast(p)
	}
	return b.fallback.forecast(b.median)
}

// predict is the point forecast where there is one.
func (b *Baseline) predict(x migration.Features) (point float64, ok bool) {
	p := b.point(x)
	return max(p, prediction.LeastMS), p >= 0 && !math.IsInf(p, 1)
}

// residuals is the distribution of y/point over training rows.
type residuals struct {
	bias       float64     // exp of the mean log residual
	factors    [19]float64 // percentiles at Levels
	confidence float64
}

func newResiduals(points, y []float64) (r residuals) {
	logs := make([]float64, len(y))
	for i := range y {
		logs[i] = math.Log(y[i] / points[i])
	}
	slices.Sort(logs)
	r.bias = math.Exp(stat.Mean(logs, nil))
	for i, level := range Levels {
		r.factors[i] = math.Exp(stat.Quantile(level, stat.Empirical, logs, nil))
	}
	hits := 0.0
	for i := range y {
		hits += one(prediction.Hit(points[i]*r.bias, y[i]))
	}
	r.confidence = hits / float64(len(y))
	return r
}

func (r *residuals) forecast(point float64) Forecast {
	f := Forecast{Point: point * r.bias, Confidence: r.confidence}
	for i, factor := range r.factors {
		f.Quantiles[i] = point * factor
	}
	f.Lower, f.Upper = f.Quantiles[0], f.Quantiles[len(f.Quantiles)-1]
	return f
}

func checkTargets(y []float64) error {
	if len(y) == 0 {
		return ErrNoRows
	}
	for i, v := range y {
		if !(v > 0) || math.IsInf(v, 1) {
			return fmt.Errorf("row %d has the target %g: must be above 0 ms", i, v)
		}
	}
	return nil
}
