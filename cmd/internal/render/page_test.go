package render

import (
	"flag"
	"math"
	"testing"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/page/pagetest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

var _ = flag.Bool("update", false, "write the golden files anew")

func explainedPrediction() prediction.Prediction {
	within := 0.8123
	p := pagetest.Prediction()
	p.Confidence, p.ConvergenceProbability = 0.2, 0.31
	p.PredictedTotalTimeMS = prediction.Number(math.NaN())
	p.ProbabilityWithinLimit = &within
	p.Warnings = []string{
		"dirty_rate 0.000012345 is outside the training range (0.1 to 9000 MiB/s): the answer is an extrapolation",
		"no measured migration lies near",
	}
	p.Hints = []string{"memory_mib (--memory) would narrow the interval most, by about 12 %: measure it with `virsh dominfo DOMAIN`"}
	p.Explanation = &prediction.Explanation{Base: 93.3, Prediction: 156.23, Contributions: []prediction.Contribution{
		{Feature: "cpu_load", Value: 75.0, Factor: 1.02},
		{Feature: "memory_usage", Value: 68.123456, Factor: 1},
		{Feature: "network_bandwidth", Value: 10000.0, Factor: 0.42},
		{Feature: "dirty_rate", Value: 0.000012345, Factor: 0.83},
		{Feature: "dirty_curve", Factor: 4.1},
		{Feature: "auto_converge", Value: true, Factor: 1.145},
	}}
	return p
}

func trainingReport() Trained {
	metrics := func(rows int, r2 float64) *evaluate.Metrics {
		return &evaluate.Metrics{
			Rows: rows, R2: prediction.Number(r2), LogR2: 0.912, MAE: 12.5, RMSE: 20.25, CRPS: 9.75, MedianRelativeError: 0.082,
			P90RelativeError: 0.31, Coverage90: 0.905, MeanConfidence: 0.86, Within25: 0.875,
		}
	}
	nan := math.NaN()
	ceiling := metrics(200, 0.955)
	ceiling.CRPS, ceiling.Coverage90 = prediction.Number(nan), prediction.Number(nan)
	return Trained{
		Report: &model.Report{
			Rows: 1000, Features: []string{"cpu_load", "memory_usage", "dirty_rate"},
			OOB:       metrics(800, 0.861),
			CV:        &model.CrossValidation{Metrics: *metrics(800, -0.13), Folds: 5, Grouped: true},
			TotalTime: model.Scores{Test: metrics(190, 0.7), OOB: metrics(780, 0.7), CV: metrics(780, 0.69)},
			Assessment: model.Assessment{
				Test: metrics(200, 0.87),
				Patterns: []model.PatternMetrics{
					{Pattern: "recorded", Metrics: *metrics(200, 0.87)},
					{Pattern: "cpu_mem", Metrics: *metrics(200, 0.12)},
				},
				Baselines: map[string]*evaluate.Metrics{
					"median": metrics(200, nan), "linear": metrics(200, 0.5), "precopy": metrics(200, 0.8),
				},
				Ceiling: ceiling,
				Importance: []model.Importance{
					{Feature: "cpu_load", Permutation: 0.01}, {Feature: "memory_usage", Permutation: -0.0002}, {Feature: "dirty_rate", Permutation: 0.2},
				},
			},
			Physics: []model.ModeChoice{
				{Target: "downtime", Chosen: model.Residual, Folds: 5, LogR2: map[model.Mode]prediction.Number{
					model.Analytic: -0.31, model.Alone: 0.302, model.Column: 0.7345, model.Residual: 0.7601,
				}},
				{Target: "total time", Chosen: model.Column},
			},
		},
		Model:   SavedModel{ID: "3f2a9c41d0e7", Bytes: 1_234_567, Path: "mine.vmmp"},
		Seconds: 1.53,
	}
}

func TestPredictionPage(t *testing.T) {
	pagetest.Golden(t, "prediction", func(p *page.Page) { Prediction(p, migration.Features{}, pagetest.Prediction()) })
}

func TestExplainedPage(t *testing.T) {
	pagetest.Golden(t, "explained", func(p *page.Page) { Prediction(p, pagetest.Features(t), explainedPrediction()) })
}

func TestTrainingPage(t *testing.T) {
	pagetest.Golden(t, "training", func(p *page.Page) { Training(p, trainingReport()) })
}

// Explanations and the tables of a training need 80 columns.
func TestPagesFit(t *testing.T) {
	pagetest.Fits(t, 60, func(p *page.Page) { Prediction(p, migration.Features{}, pagetest.Prediction()) })
	pagetest.Fits(t, 80, func(p *page.Page) { Prediction(p, pagetest.Features(t), explainedPrediction()) })
	pagetest.Fits(t, 80, func(p *page.Page) { Training(p, trainingReport()) })
}
