package train

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
)

// Development says how to train a model and how to find out how good it is.
type Development struct {
	Options
	TestSplit float64 // share of the rows held out, by whole groups; 0: none
	ByName    bool    // hold a group out by a hash of its name: always the same ones, whatever the seed and the other rows
	Folds     int     // of cross-validation over the training rows; 0: none

	Sources   []model.Source // of the examples, for the model's provenance
	TrainedAt *time.Time     // the model's date; nil: none
}

// Develop trains a model on the examples that it does not hold out, and reports how well it does on those that it does.
// The model carries the report.
func Develop(ctx context.Context, examples []Example, d Development) (*model.Model, *model.Report, error) {
	in, out := d.divide(examples)
	if d.ByName && d.TestSplit > 0 && (len(in) == 0 || len(out) == 0) {
		return nil, nil, fmt.Errorf("%w: the names of the groups put %d rows to train on and %d to test on: "+
			"add groups, or draw what is held out",
			ErrFewRows, len(in), len(out))
	}
	l, err := train(ctx, in, d.Options)
	if err != nil {
		return nil, nil, err
	}
	r := &model.Report{
		Rows: len(examples), Features: knownNames(examples), OOB: l.outOfBag[evaluate.Downtime], Physics: l.provenance.Modes,
		TotalTime: model.Scores{OOB: l.outOfBag[evaluate.TotalTime]},
	}
	experts := &l.experts
	if err := report(ctx, experts, r, in, out, d); err != nil {
		return nil, nil, err
	}
	if d.Folds > 0 {
		if err := validate(ctx, r, in, experts.Site != nil, d); err != nil {
			return nil, nil, err
		}
	}
	l.provenance.Rows.Test = len(out)
	l.provenance.Metrics, l.provenance.Data, l.provenance.TrainedAt = r, d.Sources, d.TrainedAt
	m, err := model.New(l.experts, l.provenance)
	return m, r, err
}

// divide holds out a share of the examples, by whole groups.
func (d *Development) divide(examples []Example) (train, test []Example) {
	groups := groupsOf(examples)
	in, out := evaluate.Split(groups, d.TestSplit, d.Seed)
	if d.ByName {
		in, out = evaluate.SplitByName(groups, d.TestSplit)
	}
	for _, i := range in {
		train = append(train, examples[i])
	}
	for _, i := range out {
		test = append(test, examples[i])
	}
	return train, test
}

func groupsOf(examples []Example) []string {
	groups := make([]string, len(examples))
	for i := range examples {
		groups[i] = examples[i].Group
	}
	return groups
}

// knownNames returns the features that any example knows.
func knownNames(examples []Example) []string {
	var known migration.Set
	for i := range examples {
		known |= examples[i].Features.Known()
	}
	names := []string{}
	for f := range known.All() {
		names = append(names, f.String())
	}
	return names
}

// ofExpert returns the examples that an expert knows the domain of.
func ofExpert(es *estimate.Experts, e *estimate.Expert, examples []Example) []Example {
	var own []Example
	for i := range examples {
		if examples[i].origin() == estimate.FromOthers {
			continue
		}
		if es.Of(examples[i].origin() == estimate.FromSite) == e {
			own = append(own, examples[i])
		}
	}
	return own
}

// report adds to r how well the model does on held-out examples.
func report(
	ctx context.Context, es *estimate.Experts, r *model.Report, train, test []Example, d Development,
) (err error) {
	of := func(e *estimate.Expert) (model.Assessment, *evaluate.Metrics, error) {
		return assess(ctx, es, ofExpert(es, e, train), ofExpert(es, e, test), d)
	}
	main := es.Main()
	if r.Assessment, r.TotalTime.Test, err = of(main); err != nil {
		return err
	}
	r.Sites = assessSites(es, slices.Concat(train, test))
	if other := es.Prior; other != nil && other != main {
		r.Transfer = corrected(es, ofExpert(es, main, test))
		if len(ofExpert(es, other, test)) == 0 {
			return nil // it was trained before
		}
		r.Simulated = &model.SimulatedReport{}
		r.Simulated.Assessment, r.Simulated.TotalTime, err = of(other)
	}
	return err
}

// assess scores an expert on held-out examples of its domain, beside baselines that got the training examples of that
// domain.
func assess(
	ctx context.Context, es *estimate.Experts, train, test []Example, d Development,
) (a model.Assessment, total *evaluate.Metrics, err error) {
	if len(test) == 0 {
		return a, nil, nil
	}
	downtime, times := predict(es, test, evaluate.Downtime), predict(es, test, evaluate.TotalTime)
	a.Test, total = downtime.score(), times.score()
	a.Converge = convergence(es, test, unmasked)
	a.Ceiling = ceiling(test)
	for _, p := range Patterns {
		a.Patterns = append(a.Patterns, onPattern(es, p, test, d.Seed))
	}
	baselines := map[string]*heldOut{}
	if err := predictBaselines(baselines, train, downtime); err != nil {
		return a, nil, err
	}
	a.Baselines = scoreAll(baselines)
	a.Importance, err = permuted(ctx, downtime, d.Seed)
	return a, total, err
}

// validate cross-validates over whole groups and adds the result to r. It is about those that really happened if the
// model has learned from them by themselves.
func validate(ctx context.Context, r *model.Report, examples []Example, measured bool, d Development) error {
	groups := groupsOf(examples)
	folds, err := evaluate.Folds(groups, d.Folds, d.Seed)
	if err != nil {
		return fmt.Errorf("%w: cross-validate: %w", ErrFewRows, err)
	}
	var downtime, total heldOut
	baselines := map[string]*heldOut{}
	for fold := range d.Folds {
		var in, out []Example
		for i, f := range folds {
			if f == fold {
				out = append(out, examples[i])
			} else {
				in = append(in, examples[i])
			}
		}
		l, err := train(ctx, in, d.Options)
		if err != nil {
			return fmt.Errorf("cross-validate: fold %d of %d: %w", fold+1, d.Folds, err)
		}
		es := &l.experts
		if measured && es.Site == nil {
			return fmt.Errorf("cross-validate: fold %d of %d: %w: "+
				"too few of the migrations that really happened are left to train on; use fewer folds",
				fold+1, d.Folds, ErrFewRows)
		}
		out = ofExpert(es, es.Main(), out)
		held := predict(es, out, evaluate.Downtime)
		if err := predictBaselines(baselines, ofExpert(es, es.Main(), in), held); err != nil {
			return err
		}
		downtime.add(held)
		total.add(predict(es, out, evaluate.TotalTime))
	}
	if r.Baselines == nil {
		r.Baselines = scoreAll(baselines)
	}
	if s := downtime.score(); s != nil {
		r.CV = &model.CrossValidation{Metrics: *s, Folds: d.Folds, Grouped: evaluate.Grouped(groups)}
	}
	r.TotalTime.CV = total.score()
	return nil
}
