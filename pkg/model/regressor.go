package model

import (
	"context"
	"fmt"
	"math"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
)

// Mode says how physics and forest work together for one quantity.
type Mode string

// The modes. Both have the analytic estimate as a column.
const (
	Column   Mode = "column"   // the forest learns the logarithm itself
	Residual Mode = "residual" // the forest learns what the analytic estimate leaves, where that can be computed
)

// regressor predicts the distribution of the logarithm of one quantity in ms.
type regressor struct {
	target      evaluate.Target
	mode        Mode
	middle      float64 // mean logarithm of the training rows: the base where there is no physics
	forest      *forest.Forest
	levels      calibrations[levels]
	reliability calibrations[reliability] // of the confidence
	outOfBag    *evaluate.Metrics         // on the recorded training rows; nil once read from a file
}

// base is what the forest's answer is added to, in log ms.
func (r *regressor) base(p *physics) float64 {
	estimate := p.downtime
	if r.target == evaluate.TotalTime {
		estimate = p.total
	}
	if r.mode == Column || math.IsNaN(estimate) {
		return r.middle
	}
	return estimate
}

// fit grows the regressor's forest on the part of a design that knows the
// quantity. It is not yet calibrated.
func (r *regressor) fit(ctx context.Context, rows part, c forest.Config) (forest.Data, error) {
	r.middle = rows.meanLog()
	z := make([]float64, len(rows.y))
	for k, y := range rows.y {
		z[k] = logMS(y) - r.base(&rows.row(k).physics)
	}
	data := rows.data(z)
	var err error
	if r.forest, err = forest.Fit(ctx, data, c); err != nil {
		return data, fmt.Errorf("grow the forest for %s: %w", targetName(r.target), err)
	}
	return data, nil
}

// predict fills d with the distribution for one row of columns.
func (r *regressor) predict(d *distribution, b *buffers, row []float64, p *physics, c class) {
	b.leaves = r.forest.LeafRows(b.leaves, row)
	r.fill(d, b, r.forest.PredictRow(row), p, c)
}

// fill makes d of the leaf rows in b and the forest's mean.
func (r *regressor) fill(d *distribution, b *buffers, mean float64, p *physics, c class) {
	b.sample = b.sample[:0]
	for _, leaf := range b.leaves {
		b.sample = append(b.sample, weighted{r.forest.Target(leaf.Row), leaf.Weight})
	}
	d.reset(b.sample, mean, r.levels.of(c))
	d.shift = r.base(p)
}

// mean is the predicted logarithm alone.
func (r *regressor) mean(row []float64, p *physics) float64 {
	return r.base(p) + r.forest.PredictRow(row)
}

// forecast states a distribution in ms.
func (r *regressor) forecast(d *distribution, c class) evaluate.Forecast {
	f := evaluate.Forecast{
		Point:      math.Exp(d.center()),
		Lower:      math.Exp(min(d.quantile(0.05), d.center())),
		Upper:      math.Exp(max(d.quantile(0.95), d.center())),
		Confidence: r.reliability.of(c).of(d.within()),
	}
	for i, level := range evaluate.Levels {
		f.Quantiles[i] = math.Exp(d.quantile(level))
	}
	return f
}

// within is the probability, before calibration, that the mean is off by at most
// a quarter of the truth: p/1.25 <= Y <= p/0.75.
func (d *distribution) within() float64 {
	high := d.probability(d.center() - math.Log(1-evaluate.Tolerance))
	low := d.probability(d.center() - math.Log(1+evaluate.Tolerance))
	return max(0, high-low)
}

// buffers are memory that predictions reuse. A buffers serves one goroutine.
type buffers struct {
	row          []float64
	leaves       []forest.RowWeight
	sample       []weighted
	distribution distribution
}

func targetName(t evaluate.Target) string {
	if t == evaluate.TotalTime {
		return "total time"
	}
	return "downtime"
}
