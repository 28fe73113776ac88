package train

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
)

// NewSource returns a description of rows by what they hold, not by where they lay.
func NewSource(name string, records []migration.Record, seed uint64) model.Source {
	hash := sha256.New()
	if err := writeHeld(hash, records); err != nil {
		panic("train: a hash cannot fail: " + err.Error())
	}
	return model.Source{Name: name, Rows: len(records), SHA256: hex.EncodeToString(hash.Sum(nil)), Seed: seed}
}

// writeHeld writes records as CSV. Features that no forest has a column of, and the site, are left out where no record
// knows them, so that a column more in the table changes no model.
func writeHeld(w io.Writer, records []migration.Record) error {
	header := migration.CSVHeader()
	held := make([]bool, len(header))
	for i, name := range header {
		held[i] = i < estimate.LearnedCount || i >= migration.Count && name != "site"
	}
	for i := range records {
		for j, cell := range records[i].CSVCells() {
			held[j] = held[j] || cell != ""
		}
	}
	out := csv.NewWriter(w)
	write := func(cells []string) error {
		kept := cells[:0]
		for i, cell := range cells {
			if held[i] {
				kept = append(kept, cell)
			}
		}
		return out.Write(kept)
	}
	if err := write(header); err != nil {
		return err
	}
	for i := range records {
		if err := write(records[i].CSVCells()); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
