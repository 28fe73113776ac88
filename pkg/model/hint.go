package model

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"vmmp/pkg/migration"
)

// mostReference is the number of typical VMs that a model carries for its hints.
const mostReference = 8

// worthMeasuring is the narrowing of the interval below which a hint would waste
// an operator's time.
const worthMeasuring = 0.05

// hintCache remembers the hint of each set of known features: it depends on
// nothing else.
type hintCache struct{ known sync.Map }

// typical chooses reference VMs evenly among the examples that know most of those
// that switched over.
func typical(examples []Example) []migration.Features {
	most := 0
	for i := range examples {
		if examples[i].Outcome.SwitchedOver() {
			most = max(most, examples[i].Features.Known().Len())
		}
	}
	var full []migration.Features
	for i := range examples {
		if examples[i].Features.Known().Len() >= most-1 && examples[i].Outcome.SwitchedOver() {
			full = append(full, examples[i].Features)
		}
	}
	if len(full) <= mostReference {
		return full
	}
	var chosen []migration.Features
	for i := range mostReference {
		chosen = append(chosen, full[i*len(full)/mostReference])
	}
	return chosen
}

// hintsFor names the unknown feature that would narrow the interval most, if any
// is worth the trouble, and how to measure it.
func (m *Model) hintsFor(known migration.Set) []string {
	if cached, ok := m.hints.known.Load(known); ok {
		return slices.Clone(cached.([]string))
	}
	hints := []string{}
	if f, narrowing := m.mostNarrowing(known); narrowing >= worthMeasuring {
		d := f.Definition()
		hints = append(hints, fmt.Sprintf("%s (--%s) would narrow the interval most, by about %.0f %%: measure it with %s",
			d.Name, d.Flag, 100*narrowing, d.Measure))
	}
	m.hints.known.Store(known, hints)
	return slices.Clone(hints)
}

// mostNarrowing asks the model itself: over the reference VMs, by how much the 90 %
// interval narrows when one more feature is known than the given ones.
func (m *Model) mostNarrowing(known migration.Set) (best migration.Feature, narrowing float64) {
	unknown := slices.Collect((migration.Everything &^ known).All())
	logWidth := make([]float64, len(unknown)+1)
	parallel(len(logWidth), func(b *buffers, i int) {
		with := known
		if i > 0 {
			with |= migration.Of(unknown[i-1])
		}
		logWidth[i] = m.meanLogWidth(b, with)
	})
	for i, f := range unknown {
		if n := 1 - math.Exp(logWidth[i+1]-logWidth[0]); n > narrowing {
			best, narrowing = f, n
		}
	}
	return best, narrowing
}

// meanLogWidth is the mean, over the reference VMs, of the logarithm of the
// interval's width to somebody who knows only the given features.
func (m *Model) meanLogWidth(b *buffers, known migration.Set) float64 {
	sum := 0.0
	for _, x := range m.reference {
		a := m.inWorld(b, x.Only(known))
		sum += math.Log(a.downtime.width(0.9))
	}
	return sum / float64(max(1, len(m.reference)))
}
