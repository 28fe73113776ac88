package accuracy

import (
	"cmp"
	"math"
	"slices"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
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

// accumulator counts up one window.
type accumulator struct {
	outcomes, askedBefore int
	ended, successes      int
	avoidedMS             float64
	actual                []float64
	summaries             []prediction.Summary
}

// reset forgets everything, and keeps the memory.
func (c *accumulator) reset() { *c = accumulator{actual: c.actual[:0], summaries: c.summaries[:0]} }

// add counts one sample.
func (c *accumulator) add(s *sample, b Business) {
	c.outcomes++
	if success, known := s.success(b.DowntimeLimit); known {
		c.ended++
		if success {
			c.successes++
		}
	}
	if s.moved {
		c.avoidedMS += inMS(b.BaselineDowntime) - s.downtimeMS
	}
	if s.matched {
		c.actual, c.summaries = append(c.actual, s.downtimeMS), append(c.summaries, s.summary)
	}
	if s.askedBefore {
		c.askedBefore++
	}
}

// window returns the figures of what was added.
func (c *accumulator) window(period, source string, b Business) Window {
	m := evaluate.ScoreSummaries(c.actual, c.summaries)
	return Window{
		Window: period, Source: source, Outcomes: c.outcomes, Matched: m.Rows, AskedBefore: c.askedBefore,
		MedianRelativeError: m.MedianRelativeError, LogR2: m.LogR2, Within25: m.Within25,
		Coverage90: m.Coverage90, MeanConfidence: m.MeanConfidence,
		Business: c.value(b),
	}
}

func (c *accumulator) value(b Business) Value {
	unknown := prediction.Number(math.NaN())
	v := Value{DowntimeAvoidedS: unknown, CostSaved: unknown}
	v.SuccessRate = prediction.Finite(float64(c.successes) / float64(c.ended))
	if b.BaselineDowntime > 0 {
		v.DowntimeAvoidedS = prediction.Finite(c.avoidedMS / 1000)
		if b.PricePerSecond > 0 {
			v.CostSaved = prediction.Finite(float64(v.DowntimeAvoidedS) * b.PricePerSecond)
		}
	}
	return v
}
