package model

import (
	"context"
	"fmt"
	"math"
	"slices"

	"vmmp/pkg/evaluate"
)

// The comparison of modes needs the order of the two, not their last digit, so it
// is made on a sample with fewer trees.
const (
	modeRows  = 2000
	modeFolds = 5
	modeTrees = 40
)

// chooseMode compares the two modes by grouped cross-validation over the rows as
// they were recorded, and takes the one with the smaller mean absolute error of
// the logarithm. It compares on the rows whose physics can be computed: on others
// they are the same. Where those are all of one group, there is nothing to compare
// on.
func chooseMode(ctx context.Context, target evaluate.Target, rows part, o Options) (ModeChoice, error) {
	unknown := evaluate.Number(math.NaN())
	choice := ModeChoice{Target: targetName(target), Chosen: Column, Column: unknown, Residual: unknown}
	if o.Mode != "" {
		choice.Chosen = o.Mode
		return choice, nil
	}
	sample := rows.onSide(withPhysics).sampled(modeRows, o.Seed)
	names := sample.groupNames()
	k := min(modeFolds, distinct(names))
	if k < 2 {
		return choice, nil
	}
	choice.Folds, choice.Grouped = k, evaluate.Grouped(sample.recordedGroups())
	folds, err := evaluate.Folds(names, k, o.Seed)
	if err != nil {
		return choice, fmt.Errorf("compare physics modes: %w", err)
	}
	choice.LogR2, choice.Median = map[Mode]evaluate.Number{}, map[Mode]evaluate.Number{}
	errors := map[Mode]evaluate.Number{}
	for _, mode := range []Mode{Column, Residual} {
		metrics, logMAE, err := crossValidate(ctx, learner{target: target, mode: mode}, sample, folds, o)
		if err != nil {
			return choice, err
		}
		choice.Rows = metrics.Rows
		choice.LogR2[mode], choice.Median[mode] = metrics.LogR2, metrics.MedianRelativeError
		errors[mode] = logMAE
	}
	choice.Column, choice.Residual = errors[Column], errors[Residual]
	if choice.Residual < choice.Column {
		choice.Chosen = Residual
	}
	return choice, nil
}

func distinct(names []string) int {
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	return len(seen)
}

// crossValidate grows a small forest for every fold and scores what it says of
// the recorded rows of that fold.
func crossValidate(ctx context.Context, l learner, rows part, folds []int, o Options) (evaluate.Metrics, evaluate.Number, error) {
	var actual []float64
	var forecasts []evaluate.Forecast
	logError := 0.0
	o.Trees, o.Progress = modeTrees, nil
	for fold := range 1 + slices.Max(folds) {
		train, test := rows.split(folds, fold)
		if len(train.y) == 0 {
			continue
		}
		if _, err := l.fit(ctx, train, o.forest("", len(train.y))); err != nil {
			return evaluate.Metrics{}, 0, fmt.Errorf("compare physics modes: %w", err)
		}
		for k, y := range test.y {
			if !test.row(k).recorded {
				continue
			}
			predicted := l.mean(test.design.columnsOf(test.index[k]), &test.row(k).physics)
			logError += math.Abs(predicted - logMS(y))
			actual = append(actual, y)
			forecasts = append(forecasts, evaluate.Forecast{Point: math.Exp(predicted)})
		}
	}
	return evaluate.Score(actual, forecasts), evaluate.Number(logError / float64(len(actual))), nil
}
