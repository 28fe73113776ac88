package model

import (
	"context"
	"fmt"
	"slices"

	"vmmp/forest"
)

// classifier predicts the probability that pre-copy switches over by itself.
type classifier struct {
	forest      *forest.Forest
	reliability calibrations[reliability]
}

// fit grows the forest on 0 and 1; its mean is a probability.
func (c *classifier) fit(ctx context.Context, rows part, config forest.Config) error {
	data := rows.data(rows.y, true)
	var err error
	if c.forest, err = forest.Fit(ctx, data, config); err != nil {
		return fmt.Errorf("grow the forest for convergence: %w", err)
	}
	bag, err := c.forest.OutOfBag(data)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(rows.thin(mostCalibrated, config.Seed), func(k int) bool { return bag.Trees(k) == 0 })
	results := make([]float64, len(kept))
	parallel(len(kept), func(_ *buffers, i int) { results[i] = bag.PredictRow(kept[i]) })
	var verdicts [classes][]verdict
	byClass(&verdicts, rows, kept, func(i, k int) verdict { return verdict{results[i], rows.y[k] == 1} })
	c.reliability = calibrate(verdicts, newReliability)
	return nil
}

// probability is the calibrated probability for one row of columns.
func (c *classifier) probability(row []float64, k class) float64 {
	return c.reliability.of(k).of(min(max(c.forest.PredictRow(row), 0), 1))
}
