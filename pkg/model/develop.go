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
	ByName    bool    // hold a group out by a hash of its name: always the same ones, whatever the seed and the other rows
	Folds     int     // of cross-validation over the training rows; 0: none

	Sources   []Source   // of the examples, for the model's provenance
	TrainedAt *time.Time // the model's date; nil: none
}

// Develop trains a model on the examples that it does not hold out, and reports
// how well it does on those that it does. The model carries the report.
func Develop(ctx context.Context, examples []Example, d Development) (*Model, *Report, error) {
	train, test := d.divide(examples)
	if d.ByName && d.TestSplit > 0 && (len(train) == 0 || len(test) == 0) {
		return nil, nil, fmt.Errorf("%w: the names of the groups put %d rows to train on and %d to test on: add groups, or draw what is held out",
			ErrFewRows, len(train), len(test))
	}
	m, err := Train(ctx, train, d.Options)
	if err != nil {
		return nil, nil, err
	}
	main := m.main()
	r := &Report{
		Rows: len(examples), Features: knownNames(examples), OOB: main.downtime.outOfBag, Physics: m.provenance.Modes,
		TotalTime: Scores{OOB: main.total.outOfBag},
	}
	if err := m.report(ctx, r, train, test, d); err != nil {
		return nil, nil, err
	}
	if d.Folds > 0 {
		if err := validate(ctx, r, train, m.measured != nil, d); err != nil {
			return nil, nil, err
		}
	}
	m.provenance.Rows.Test = len(test)
	m.provenance.Metrics, m.provenance.Data, m.provenance.TrainedAt = r, d.Sources, d.TrainedAt
	_, m.id, err = m.encode()
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

// main is the expert that a report is about.
func (m *Model) main() *expert {
	if m.measured != nil {
		return m.measured
	}
	return m.simulated
}

// of is the examples that an expert knows the world of.
func (m *Model) of(e *expert, examples []Example) []Example {
	var own []Example
	for i := range examples {
		if m.world(&examples[i]) == e {
			own = append(own, examples[i])
		}
	}
	return own
}

// report adds to r how well the model does on held-out examples.
func (m *Model) report(ctx context.Context, r *Report, train, test []Example, d Development) (err error) {
	main := m.main()
	if r.Assessment, r.TotalTime.Test, err = m.assess(ctx, m.of(main, train), m.of(main, test), d); err != nil {
		return err
	}
	if other := m.simulated; other != nil && other != main {
		r.Transfer = m.transferred(m.of(main, test))
		r.Simulated = &SimulatedReport{}
		r.Simulated.Assessment, r.Simulated.TotalTime, err = m.assess(ctx, m.of(other, train), m.of(other, test), d)
	}
	return err
}

// assess scores an expert on held-out examples of its world, beside baselines that
// got the training examples of that world.
func (m *Model) assess(ctx context.Context, train, test []Example, d Development) (a Assessment, total *evaluate.Metrics, err error) {
	if len(test) == 0 {
		return a, nil, nil
	}
	downtime, times := m.asked(test, evaluate.Downtime), m.asked(test, evaluate.TotalTime)
	a.Test, total = downtime.score(), times.score()
	a.Converge = m.convergence(test)
	a.Ceiling = ceiling(test)
	for _, p := range Patterns {
		a.Patterns = append(a.Patterns, m.onPattern(p, test, d.Seed))
	}
	point := map[string]*exam{}
	if err := askBaselines(point, train, downtime); err != nil {
		return a, nil, err
	}
	a.Baselines = scoreAll(point)
	a.Importance, err = m.permuted(ctx, downtime, d.Seed)
	return a, total, err
}

// validate cross-validates over whole groups and adds the result to r. It is about
// those that really happened if the model has learned from them by themselves.
func validate(ctx context.Context, r *Report, examples []Example, measured bool, d Development) error {
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
		if measured && m.measured == nil {
			return fmt.Errorf("cross-validate: fold %d of %d: %w: too few of the migrations that really happened are left to train on; use fewer folds",
				fold+1, d.Folds, ErrFewRows)
		}
		test = m.of(m.main(), test)
		held := m.asked(test, evaluate.Downtime)
		if err := askBaselines(point, m.of(m.main(), train), held); err != nil {
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
