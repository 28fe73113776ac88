package model

import (
	"time"
)

// Provenance says where a model comes from. It holds no clock, path or duration, so that the same training gives the
// same file.
type Provenance struct {
	Data      []Source        `json:"data"`
	Prior     string          `json:"prior,omitempty"` // id of the model that answers beside what was learned; empty: none
	Settings  Settings        `json:"options"`
	TrainedAt *time.Time      `json:"trained_at,omitempty"` // of the newest row, or SOURCE_DATE_EPOCH
	Modes     []ModeChoice    `json:"modes,omitempty"`
	Metrics   *Report         `json:"metrics,omitempty"`
	Rows      ProvenanceCount `json:"rows"`
}

// Source is one set of training rows.
type Source struct {
	Name   string `json:"name"` // of a population, "recorded" of a file, "history" of a history, the site of one that was recorded elsewhere
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
