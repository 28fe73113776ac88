package train

import (
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

// rangesOf returns the ranges of the rows, by feature: those of a prior that was trained before, if there is one, and
// of the examples. Own is where those of the site come from: whether a tree learns from them.
func rangesOf(prior []estimate.FieldRange, examples []Example, own estimate.Origin) []estimate.FieldRange {
	ranges := make([]estimate.FieldRange, migration.Count)
	copy(ranges, prior)
	for f, d := range migration.Definitions {
		ranges[f].Name, ranges[f].Unit = d.Name, d.Unit
	}
	for i := range examples {
		e := &examples[i]
		from := e.origin()
		if from == estimate.FromSite {
			from = own
		}
		for f := range e.Features.Known().All() {
			ranges[f].Add(from, estimate.Position(f, e.Features))
		}
	}
	return ranges
}
