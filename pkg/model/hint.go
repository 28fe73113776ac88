package model

import (
	"fmt"
	"math"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

// worthMeasuring is the narrowing of the interval below which a hint would waste an operator's time.
const worthMeasuring = 0.05

// hintsFor names the unknown feature that would narrow the interval most, if any is worth the trouble, and how to
// measure it.
func (m *Model) hintsFor(e *estimate.Expert, known migration.Set) []string {
	f, narrowing := m.mostNarrowing(e, known)
	if narrowing < worthMeasuring {
		return []string{}
	}
	d := f.Definition()
	return []string{fmt.Sprintf("%s (--%s) would narrow the interval most, by about %.0f %%: measure it with %s",
		d.Name, d.Flag, 100*narrowing, d.Measure)}
}

// mostNarrowing returns the unknown feature after which the interval would be narrowest, and by which share; 0 where
// none would narrow it.
func (m *Model) mostNarrowing(e *estimate.Expert, known migration.Set) (best migration.Feature, narrowing float64) {
	before, ok := e.Widths.Of(known)
	if !ok {
		return 0, 0
	}
	for f := range (migration.Everything &^ known).All() {
		after, ok := e.Widths.Of(known | migration.Of(f))
		if n := 1 - math.Exp(after-before); ok && m.experts.Schema[f].Rows > 0 && n > narrowing {
			best, narrowing = f, n
		}
	}
	return best, narrowing
}
