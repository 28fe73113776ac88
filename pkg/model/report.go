package model

import (
	"vmmp/pkg/evaluate"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// Report is how well a model does. Its JSON is the contract of `train -o json`, but for what the command adds: the file
// and the seconds it took.
//
// Where the rows are of both kinds, all but Simulated is about those that really happened.
type Report struct {
	Rows     int      `json:"rows"`
	Features []string `json:"features"`
	Assessment
	OOB       *evaluate.Metrics `json:"oob,omitempty"`
	CV        *CrossValidation  `json:"cv,omitempty"`
	TotalTime Scores            `json:"total_time"`
	Physics   []ModeChoice      `json:"physics,omitempty"`
	Simulated *SimulatedReport  `json:"simulated,omitempty"` // the simulated rows, where others really happened
	Transfer  *evaluate.Metrics `json:"transfer,omitempty"`  // the corrected prior, asked about the rows of the site
	Sites     []SiteReport      `json:"sites,omitempty"`     // other sites, each as one of which nothing is known
}

// SiteReport is how well a model does on the migrations of a site that it does not speak for: each by what was learned
// without them.
type SiteReport struct {
	Site      string              `json:"site"`
	Rows      int                 `json:"rows"`
	Downtime  *evaluate.Metrics   `json:"downtime,omitempty"`
	TotalTime *evaluate.Metrics   `json:"total_time,omitempty"`
	Converge  *ConvergenceMetrics `json:"convergence,omitempty"`
}

// Assessment is how well a model does on held-out rows.
type Assessment struct {
	Test       *evaluate.Metrics            `json:"test,omitempty"`
	Converge   *ConvergenceMetrics          `json:"convergence,omitempty"`
	Patterns   []PatternMetrics             `json:"patterns,omitempty"`
	Baselines  map[string]*evaluate.Metrics `json:"baselines,omitempty"`
	Ceiling    *evaluate.Metrics            `json:"noise_ceiling,omitempty"` // of simulated rows: predicting what only their noise hides
	Importance []Importance                 `json:"importance,omitempty"`
}

// SimulatedReport is how well a model does on held-out simulated rows.
type SimulatedReport struct {
	Assessment
	TotalTime *evaluate.Metrics `json:"total_time,omitempty"`
}

// Scores are the metrics of one quantity on the three kinds of held-out rows.
type Scores struct {
	Test *evaluate.Metrics `json:"test,omitempty"`
	OOB  *evaluate.Metrics `json:"oob,omitempty"`
	CV   *evaluate.Metrics `json:"cv,omitempty"`
}

// CrossValidation is the metrics over all folds together.
type CrossValidation struct {
	evaluate.Metrics
	Folds   int  `json:"folds"`
	Grouped bool `json:"grouped"`
}

// ConvergenceMetrics is how well probabilities do.
type ConvergenceMetrics struct {
	Rows        int               `json:"rows"`
	Converged   prediction.Number `json:"converged"` // share
	Brier       prediction.Number `json:"brier"`
	AUC         prediction.Number `json:"auc"`
	Calibration prediction.Number `json:"calibration_error"` // ten bins
	Wrong       prediction.Number `json:"wrong"`             // share of the rows where the likelier of the two did not happen
}

// PatternMetrics is how well a model does on test rows that a masking pattern was laid over.
type PatternMetrics struct {
	Pattern string `json:"pattern"`
	evaluate.Metrics
	Convergence ConvergenceMetrics `json:"convergence"`
	WithinLimit prediction.Number  `json:"within_limit_calibration_error"` // ten bins, limits from a third of the prediction to three times it
}

// Importance is how much worse the model gets when one feature's values are shuffled among the rows: the rise of the
// mean squared error of the logarithm.
type Importance struct {
	Feature     string            `json:"feature"`
	Permutation prediction.Number `json:"permutation"`
}

// Mode says how physics and forest work together for one quantity.
type Mode = estimate.Mode

// The modes. Analytic names the physics alone among the figures of a ModeChoice.
const (
	Alone         = estimate.Alone
	Column        = estimate.Column
	Residual      = estimate.Residual
	Analytic Mode = "analytic"
)

// ModeChoice records the comparison of the ways in which physics and forest can work together, by grouped
// cross-validation, and of the physics alone. Its figures are absent where there was nothing to compare.
type ModeChoice struct {
	Domain  prediction.Support         `json:"world"` // whose expert it is of
	Target  string                     `json:"target"`
	Chosen  Mode                       `json:"chosen"`
	Rows    int                        `json:"rows"`
	Folds   int                        `json:"folds"`
	Grouped bool                       `json:"grouped"`
	LogR2   map[Mode]prediction.Number `json:"log_r2,omitempty"`  // what is chosen by
	LogMAE  map[Mode]prediction.Number `json:"log_mae,omitempty"` // mean absolute error of the logarithm
	Median  map[Mode]prediction.Number `json:"median_relative_error,omitempty"`
}
