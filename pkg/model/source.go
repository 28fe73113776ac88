package model

import (
	"crypto/sha256"
	"encoding/hex"

	"vmmp/pkg/migration"
)

// Source is one set of training rows.
type Source struct {
	Name   string `json:"name"` // of a population, "recorded" of a file, "history" of a history
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // of the rows as CSV
	Seed   uint64 `json:"seed,omitempty"`
}

// NewSource describes rows by what they hold, not by where they lay.
func NewSource(name string, records []migration.Record, seed uint64) Source {
	hash := sha256.New()
	if err := migration.WriteCSV(hash, records); err != nil {
		panic("model: a hash cannot fail: " + err.Error())
	}
	return Source{Name: name, Rows: len(records), SHA256: hex.EncodeToString(hash.Sum(nil)), Seed: seed}
}
