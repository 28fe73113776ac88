package train

import (
	"crypto/sha256"
	"encoding/hex"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

// NewSource returns a description of rows by what they hold, not by where they lay.
func NewSource(name string, records []migration.Record, seed uint64) model.Source {
	hash := sha256.New()
	if err := migration.WriteCSV(hash, records); err != nil {
		panic("train: a hash cannot fail: " + err.Error())
	}
	return model.Source{Name: name, Rows: len(records), SHA256: hex.EncodeToString(hash.Sum(nil)), Seed: seed}
}
