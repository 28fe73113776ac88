package model

import (
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// Model is a trained predictor. It is immutable once trained or read: its methods are safe for concurrent use.
type Model struct {
	experts    estimate.Experts
	provenance Provenance
	id         string
}

// ID returns the first 12 hexadecimal digits of the SHA-256 that ends the model's file.
func (m *Model) ID() string { return m.id }

// Identity returns what names the model in its answers.
func (m *Model) Identity() prediction.Identity {
	return prediction.Identity{ID: m.id, TrainedAt: m.provenance.TrainedAt}
}

// Provenance returns where the model comes from.
func (m *Model) Provenance() Provenance { return m.provenance }

// Experts returns those of the model. Nobody outside of this module can use them, since they are of an internal
// package.
func (m *Model) Experts() estimate.Experts { return m.experts }
