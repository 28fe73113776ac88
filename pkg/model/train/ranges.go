package train

import (
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

// rangesOf returns the ranges of the training rows, by feature.
func rangesOf(examples []Example) []estimate.FieldRange {
	ranges := make([]estimate.FieldRange, migration.Count)
	for f, d := range migration.Definitions {
		ranges[f].Name, ranges[f].Unit = d.Name, d.Unit
	}
	for i := range examples {
		e := &examples[i]
		for f := range e.Features.Known().All() {
			ranges[f].Add(e.measured(), estimate.Position(f, e.Features))
		}
		if e.untimed() {
			ranges[migration.TimeoutS].Add(e.measured(), leastTimeout, mostTimeout)
		}
	}
	return ranges
}
