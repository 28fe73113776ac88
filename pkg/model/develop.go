package model

import (
	"context"
	"fmt"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// Development says how to train a model and how to find out how good it is.
type Development struct {
	Options
	TestSplit float64 // share of the rows held out, by whole groups; 0: none
	Folds     int     // of cross-validation over the training rows; 0: none

	Sources   []Source   // of the examples, for the model's provenance
	TrainedAt *time.Time // the model's date; nil: none
}

// Develop trains a model on the examples that it does not hold out, and reports
// how well it does on those that it does. The model carries the report.
func Develop(ctx context.Context, examples []Example, d Development) (*Model, *Report, error) {
	train, test := divide(examples, d.TestSplit, d.Seed)
	m, err := Train(ctx, train, d.Options)
	if err != nil {
		return nil, nil, err
	}
	r := &Report{
		Rows: len(examples), Features: knownNames(examples), OOB: m.downtime.outOfBag, Physics: m.provenance.Modes,
		TotalTime: Scores{OOB: m.total.outOfBag},
	}
	if err := m.assess(ctx, r, train, test, d); err != nil {
		return nil, nil, err
	}
	if d.Folds > 0 {
		if err := validate(ctx, r, train, d); err != nil {
			return nil, nil, err
		}
	}
	m.provenance.Rows.Test = len(test)
	m.provenance.Metrics, m.provenance.Data, m.provenance.TrainedAt = r, d.Sources, d.TrainedAt
	_, m.id, err = m.encode()
	return m, r, err
}

// divide holds out a share of the examples, by whole groups.
func divide(examples []Example, share float64, seed uint64) (train, test []Example) {
	in, out := evaluate.Split(groupsOf(examples), share, seed)
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

// knownNames are the features that any example knows.
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

// assess scores the model on held-out examples.
func (m *Model) assess(ctx context.Context, r *Report, train, test []Example, d Development) error {
	if len(test) == 0 {
		return nil
	}
	downtime, total := m.asked(test, evaluate.Downtime), m.asked(test, evaluate.TotalTime)
	r.Test, r.TotalTime.Test = downtime.score(), total.score()
	r.Converge = m.convergence(test)
	r.Ceiling = ceiling(test)
	for _, p := range Patterns {
		r.Patterns = append(r.Patterns, m.onPattern(p, test, d.Seed))
	}
	point := map[string]*exam{}
	err := askBaselines(point, train, downtime)
	if err != nil {
		return err
	}
	r.Baselines = scoreAll(point)
	r.Importance, err = m.permuted(ctx, downtime, d.Seed)
	return err
}

// validate cross-validates over whole groups and adds the result to r.
func validate(ctx context.Context, r *Report, examples []Example, d Development) error {
	groups := groupsOf(examples)
	folds, err := evaluate.Folds(groups, d.Folds, d.Seed)
	if err != nil {
		return fmt.Errorf("%w: cross-validate: %w", ErrFewRows, err)
	}
	var downtime, total exam
	point := map[string]*exam{}
	for fold := range d.Folds {
		var train, test []Example
		for i, f := range folds {
			if f == fold {
				test = append(test, examples[i])
			} else {
				train = append(train, examples[i])
			}
		}
		m, err := Train(ctx, train, d.Options)
		if err != nil {
			return fmt.Errorf("cross-validate: fold %d of %d: %w", fold+1, d.Folds, err)
		}
		held := m.asked(test, evaluate.Downtime)
		if err := askBaselines(point, train, held); err != nil {
			return err
		}
		downtime.add(held)
		total.add(m.asked(test, evaluate.TotalTime))
	}
	if r.Baselines == nil {
		r.Baselines = scoreAll(point)
	}
	if s := downtime.score(); s != nil {
		r.CV = &CrossValidation{*s, d.Folds, evaluate.Grouped(groups)}
	}
	r.TotalTime.CV = total.score()
	return nil
}
