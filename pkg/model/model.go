package model

import (
	"errors"
	"time"

	"vmmp/pkg/prediction"
)

// What is wrong with training data as a whole.
var (
	ErrNoDowntime = errors.New("no row has a downtime of a migration that switched over by itself")
	ErrFewRows    = errors.New("too few rows to learn from")
)

// Model is a trained predictor. It is immutable once trained or read: its methods
// are safe for concurrent use.
type Model struct {
	measured, simulated *expert      // by what their training rows were; nil without any, never both
	transfer            transfer     // of an answer that rests on simulated rows to the real world
	schema              []fieldRange // of all training rows
	provenance          Provenance
	id                  string
}

// Provenance says where a model comes from. It holds no clock, path or duration,
// so that the same training gives the same file.
type Provenance struct {
	Data      []Source        `json:"data"`
	Options   Options         `json:"options"`
	TrainedAt *time.Time      `json:"trained_at,omitempty"` // of the newest row, or SOURCE_DATE_EPOCH
	Modes     []ModeChoice    `json:"modes,omitempty"`
	Metrics   *Report         `json:"metrics,omitempty"`
	Rows      ProvenanceCount `json:"rows"`
}

// ProvenanceCount counts the training rows by what they taught.
type ProvenanceCount struct {
	Train     int `json:"train"`
	Test      int `json:"test"`
	Measured  int `json:"measured"`
	Converged int `json:"converged"`
}

// ModeChoice records the comparison of the ways in which physics and forest can
// work together, by grouped cross-validation, and of the physics alone. Its figures
// are absent where there was nothing to compare.
type ModeChoice struct {
	World   prediction.Support         `json:"world"` // whose expert it is of
	Target  string                     `json:"target"`
	Chosen  Mode                       `json:"chosen"`
	Rows    int                        `json:"rows"`
	Folds   int                        `json:"folds"`
	Grouped bool                       `json:"grouped"`
	LogR2   map[Mode]prediction.Number `json:"log_r2,omitempty"`  // what is chosen by
	LogMAE  map[Mode]prediction.Number `json:"log_mae,omitempty"` // mean absolute error of the logarithm
	Median  map[Mode]prediction.Number `json:"median_relative_error,omitempty"`
}

// Analytic names the physics alone among the figures of a ModeChoice.
const Analytic Mode = "analytic"

// ID is the first 12 hexadecimal digits of the SHA-256 that ends the model's file.
func (m *Model) ID() string { return m.id }

// Provenance says where the model comes from.
func (m *Model) Provenance() Provenance { return m.provenance }
