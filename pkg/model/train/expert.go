package train

import (
	"context"
	"fmt"
	"slices"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
)

// A fittedExpert is an expert with what was found out while it was fitted.
type fittedExpert struct {
	expert   *estimate.Expert
	modes    []model.ModeChoice                    // how physics and forest came to work together
	outOfBag map[evaluate.Target]*evaluate.Metrics // on the recorded training rows
}

// fitExpert returns an expert that has learned from the examples of one domain, with the physics of a site.
func fitExpert(ctx context.Context, place precopy.Site, examples []Example, o Options) (fittedExpert, error) {
	d := newDesign(place, examples, copiesFor(len(examples)), o.Seed)
	e := &estimate.Expert{Place: place, Usual: d.usual}
	t := fittedExpert{expert: e, outOfBag: map[evaluate.Target]*evaluate.Metrics{}}
	e.Downtime.Target, e.Total.Target = evaluate.Downtime, evaluate.TotalTime
	for _, q := range []struct {
		regressor *estimate.Regressor
		quantity  func(migration.Outcome) (float64, bool)
	}{{&e.Downtime, downtimeMS}, {&e.Total, totalTimeMS}} {
		rows := d.where(q.quantity)
		if len(rows.y) == 0 {
			continue
		}
		choice, own, err := fitRegressor(ctx, q.regressor, rows, o)
		if err != nil {
			return t, err
		}
		t.modes = append(t.modes, choice)
		c := calibration{q.regressor, own}
		t.outOfBag[q.regressor.Target] = c.outOfBag()
		if widths := c.learn(); q.regressor == &e.Downtime {
			e.Widths = widths
		}
	}
	return t, fitClassifier(ctx, &e.Converge, d.where(switchedOver), o)
}

// fitRegressor chooses the mode of a regressor and grows its learners.
func fitRegressor(
	ctx context.Context, r *estimate.Regressor, rows part, o Options,
) (model.ModeChoice, []fittedLearner, error) {
	choice, err := chooseMode(ctx, r.Target, rows, o)
	if err != nil {
		return choice, nil, err
	}
	var learners []fittedLearner
	for i := range r.Learners {
		l := &r.Learners[i]
		*l = estimate.Learner{Target: r.Target, Mode: choice.Chosen}
		own := rows.ofLearner(i)
		if len(own.y) == 0 {
			continue
		}
		config := o.forest(r.Target.String(), len(own.y))
		if r.Target == evaluate.TotalTime {
			config.LeafSamples = totalSamples
		}
		data, err := fitLearner(ctx, l, own, config)
		if err != nil {
			return choice, nil, err
		}
		t, err := newFittedLearner(l, own, data, o.Seed)
		if err != nil {
			return choice, nil, err
		}
		learners = append(learners, t)
	}
	return choice, learners, nil
}

// fitClassifier grows the forest on 0 and 1, of which the mean is a probability, and makes it reliable out of bag.
func fitClassifier(ctx context.Context, c *estimate.Classifier, rows part, o Options) error {
	config := o.forest("convergence", len(rows.y))
	config.MinLeaf, config.LeafSamples = max(verdictRows, config.MinLeaf), -1
	data := rows.data(rows.y, true)
	var err error
	if c.Forest, err = forest.Fit(ctx, data, config); err != nil {
		return fmt.Errorf("grow the forest for convergence: %w", err)
	}
	bag, err := c.Forest.OutOfBag(data)
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(rows.thin(mostCalibrated, config.Seed), func(k int) bool { return bag.Trees(k) == 0 })
	results := make([]float64, len(kept))
	estimate.Parallel(len(kept), func(_ *estimate.Buffers, i int) { results[i] = bag.PredictRow(kept[i]) })
	var verdicts [estimate.Classes][]verdict
	byClass(&verdicts, rows, kept, func(i, k int) verdict { return verdict{results[i], rows.y[k] == 1} })
	c.Reliability = calibrate(verdicts, newReliability)
	return nil
}
