package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// The comparison of modes needs their order, not their last digit, so it is made on a sample with fewer trees.
const (
	modeRows  = 2000
	modeFolds = 5
	modeTrees = 40
)

// chooseMode compares the modes by grouped cross-validation over the rows as they were recorded, and takes the one with
// the smallest squared error of the logarithm, which is what forests are grown by. It compares on the rows whose
// physics can be computed: on others they are the same. Where those are all of one group, there is nothing to compare
// on.
func chooseMode(ctx context.Context, target evaluate.Target, rows part, o Options) (model.ModeChoice, error) {
	choice := model.ModeChoice{Target: target.String(), Chosen: estimate.Column}
	if o.Mode != "" {
		choice.Chosen = o.Mode
		return choice, nil
	}
	sample := rows.ofLearner(estimate.WithPhysics).sampled(modeRows, o.Seed)
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
	type byMode = map[model.Mode]prediction.Number
	choice.LogMAE, choice.LogR2, choice.Median = byMode{}, byMode{}, byMode{}
	note := func(mode model.Mode, s *logScore) {
		metrics := evaluate.Score(s.actual, s.forecasts)
		choice.Rows = metrics.Rows
		choice.LogMAE[mode], choice.LogR2[mode], choice.Median[mode] = s.mean(), metrics.LogR2, metrics.MedianRelativeError
	}
	note(model.Analytic, sample.scorePhysics(target))
	for _, mode := range estimate.Modes {
		s, err := crossValidate(ctx, estimate.Learner{Target: target, Mode: mode}, sample, folds, o)
		if err != nil {
			return choice, err
		}
		note(mode, s)
	}
	// Column, where nothing tells them apart: of downtimes that are all alike no R2 is known.
	for _, mode := range estimate.Modes {
		if choice.LogR2[mode] > choice.LogR2[choice.Chosen] {
			choice.Chosen = mode
		}
	}
	return choice, nil
}

// logScore is predicted logarithms beside what came.
type logScore struct {
	actual    []float64
	forecasts []evaluate.Forecast
	off       float64 // sum of the absolute errors of the logarithm
}

func (s *logScore) add(predicted, actual float64) {
	s.off += math.Abs(predicted - estimate.LogMS(actual))
	s.actual = append(s.actual, actual)
	s.forecasts = append(s.forecasts, evaluate.Forecast{Point: estimate.InMS(predicted)})
}

func (s *logScore) mean() prediction.Number { return prediction.Number(s.off / float64(len(s.actual))) }

// scorePhysics scores the analytic estimate itself on the recorded rows.
func (p part) scorePhysics(target evaluate.Target) *logScore {
	var s logScore
	for k, y := range p.y {
		if row := p.row(k); row.recorded {
			s.add(row.physics.Estimate(target), y)
		}
	}
	return &s
}

// crossValidate grows a small forest for every fold and scores what it says of the recorded rows of that fold.
func crossValidate(ctx context.Context, l estimate.Learner, rows part, folds []int, o Options) (*logScore, error) {
	var s logScore
	o.Trees, o.Progress = modeTrees, nil
	for fold := range 1 + slices.Max(folds) {
		in, out := rows.split(folds, fold)
		if len(in.y) == 0 {
			continue
		}
		if _, err := fitLearner(ctx, &l, in, o.forest("", len(in.y))); err != nil {
			return nil, fmt.Errorf("compare physics modes: %w", err)
		}
		for k, y := range out.y {
			if row := out.row(k); row.recorded {
				s.add(l.Mean(out.design.columnsOf(out.index[k]), &row.physics), y)
			}
		}
	}
	return &s, nil
}
