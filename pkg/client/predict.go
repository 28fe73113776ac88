package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Predict returns the prediction that POST /predict gives for what is known of a VM, which has to include the required
// features. It returns an Error with migration.Faults if the server refuses x, and an error that says so if what came
// back is no prediction.
func (c *Client) Predict(ctx context.Context, x migration.Features) (prediction.Prediction, error) {
	const path = "predict"
	body, err := x.MarshalJSON()
	if err != nil {
		return prediction.Prediction{}, fmt.Errorf("ask for a prediction: %w", err)
	}
	text, err := c.post(ctx, path, body, "")
	if err != nil {
		return prediction.Prediction{}, err
	}
	p, err := readPrediction(text)
	if err != nil {
		return prediction.Prediction{}, fmt.Errorf("the answer of %s is no prediction: %w", c.shown(path), err)
	}
	return p, nil
}

// readPrediction reads a prediction, of which every number must be there but the total time, which may be unknown.
func readPrediction(text []byte) (prediction.Prediction, error) {
	p := prediction.Prediction{Warnings: []string{}, Hints: []string{}}
	unknown(&p.PredictedDowntime, &p.Interval.Lower, &p.Interval.Upper, &p.Interval.Level, &p.Confidence)
	unknown(&p.ConvergenceProbability)
	unknown(&p.PredictedTotalTimeMS)
	if err := json.Unmarshal(text, &p); err != nil {
		return p, err
	}
	switch i := p.Interval; {
	case p.Status != "success":
		return p, fmt.Errorf("its status is %q", oneLine(p.Status))
	case !(p.PredictedDowntime > 0):
		return p, errors.New("it has no predicted_downtime above 0")
	case !(i.Lower >= 0 && i.Lower <= i.Upper):
		return p, errors.New("it has no interval with a lower and an upper end")
	}
	for _, share := range []struct {
		name  string
		value float64
	}{
		{"interval.level", p.Interval.Level}, {"confidence", p.Confidence},
		{"convergence_probability", p.ConvergenceProbability},
	} {
		if !(share.value >= 0 && share.value <= 1) {
			return p, fmt.Errorf("it has no %s from 0 to 1", share.name)
		}
	}
	return p, nil
}

// unknown makes numbers NaN.
func unknown[T ~float64](numbers ...*T) {
	for _, v := range numbers {
		*v = T(math.NaN())
	}
}
