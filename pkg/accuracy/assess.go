package accuracy

import (
	"cmp"
	"slices"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
)

// Assess returns how right the predictions of entries have been, as of now. The order of the entries is of no matter.
func Assess(entries []history.Entry, now time.Time, b Business) Accuracy {
	samples := make([]sample, len(entries))
	for i := range entries {
		samples[i] = newSample(&entries[i])
	}
	return assess(samples, now, b)
}

// assess sorts the samples, since sums of floating-point numbers depend on their order.
func assess(samples []sample, now time.Time, b Business) Accuracy {
	slices.SortFunc(samples, func(x, y sample) int { return cmp.Compare(y.id, x.id) })
	a := Accuracy{Assessed: len(samples), Currency: b.Currency, Definitions: definitions(b)}
	var sums accumulator
	for i := range periods {
		for _, source := range sourcesOf(samples) {
			sums.reset()
			for k := range samples {
				if s := &samples[k]; s.isFrom(source) && s.isIn(&periods[i], now) {
					sums.add(s, b)
				}
			}
			a.Windows = append(a.Windows, sums.window(periods[i].name, source, b))
		}
	}
	return a
}

// sourcesOf lists AllSources and every source that occurs.
func sourcesOf(samples []sample) []string {
	found := map[string]bool{}
	for i := range samples {
		found[string(samples[i].source)] = true
	}
	sources := []string{AllSources}
	for _, known := range migration.Sources {
		if found[string(known)] {
			sources = append(sources, string(known))
			delete(found, string(known))
		}
	}
	first := len(sources)
	for newer := range found { // of a vmmp that knows more sources
		sources = append(sources, newer)
	}
	slices.Sort(sources[first:])
	return sources
}
