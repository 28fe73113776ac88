package train

import (
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

// Learnable reports whether something can be learned from an outcome: it is known how the migration ended, and that was
// not by a failure.
func Learnable(o *migration.Outcome) bool {
	return o.SwitchedOver() || o.Status == migration.Forced || o.Status == migration.NotConverged
}

// Material holds what a model is made of.
type Material struct {
	Examples []Example
	Sources  []model.Source
}

// Record adds recorded migrations, which are called name.
func (m *Material) Record(name string, records []migration.Record) {
	m.add(name, Recorded(records), records, 0)
}

// Elsewhere adds migrations that were recorded at another site, by its name.
func (m *Material) Elsewhere(site string, records []migration.Record) {
	examples := Recorded(records)
	for i := range examples {
		examples[i].Elsewhere = site
	}
	m.add(site, examples, records, 0)
}

// Simulate adds migrations that were drawn from a population, by its name, with a seed.
func (m *Material) Simulate(name string, drawn []Example, seed uint64) {
	records := make([]migration.Record, len(drawn))
	for i := range drawn {
		records[i] = drawn[i].Record
	}
	m.add(name, drawn, records, seed)
}

func (m *Material) add(name string, examples []Example, records []migration.Record, seed uint64) {
	m.Examples = append(m.Examples, examples...)
	m.Sources = append(m.Sources, NewSource(name, records, seed))
}

// Newest returns when the newest of the migrations was made, nil where none says when it was.
func (m *Material) Newest() *time.Time {
	var newest time.Time
	for i := range m.Examples {
		if at := m.Examples[i].At; at.After(newest) {
			newest = at.UTC()
		}
	}
	if newest.IsZero() {
		return nil
	}
	return &newest
}
