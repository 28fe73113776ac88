package model

import (
	"time"

	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// Provenance says where a model comes from. It holds no clock, path or duration, so that the same training gives the
// same file.
type Provenance struct {
	Data      []Source        `json:"data"`
	Options   Settings        `json:"options"`
	TrainedAt *time.Time      `json:"trained_at,omitempty"` // of the newest row, or SOURCE_DATE_EPOCH
	Modes     []ModeChoice    `json:"modes,omitempty"`
	Metrics   *Report         `json:"metrics,omitempty"`
	Rows      ProvenanceCount `json:"rows"`
}

// Source is one set of training rows.
type Source struct {
	Name   string `json:"name"` // of a population, "recorded" of a file, "history" of a history
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // of the rows as CSV
	Seed   uint64 `json:"seed,omitempty"`
}

// Settings are what a model was trained with.
type Settings struct {
	Trees int    `json:"trees"` // of each forest
	Seed  uint64 `json:"seed"`
	Mode  Mode   `json:"mode,omitempty"` // that was asked for; empty: whichever did better
}

// ProvenanceCount counts the training rows by what they taught.
type ProvenanceCount struct {
	Train     int `json:"train"`
	Test      int `json:"test"`
	Measured  int `json:"measured"`
	Converged int `json:"converged"`
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
