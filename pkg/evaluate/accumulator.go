package evaluate

import (
	"math"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Accumulator gathers predictions of which it is known what came of them, to score them together.
type Accumulator struct {
	actual    []float64
	summaries []prediction.Summary
}

// Add adds a prediction and the outcome of its migration, unless that did not switch over by itself or its downtime is
// not known.
func (a *Accumulator) Add(o *migration.Outcome, p prediction.Summary) {
	if !o.SwitchedOver() || math.IsNaN(o.DowntimeMS) {
		return
	}
	a.actual = append(a.actual, max(o.DowntimeMS, prediction.LeastMS))
	a.summaries = append(a.summaries, p)
}

// Score returns the metrics of all that was added, nil where nothing was.
func (a *Accumulator) Score() *Metrics {
	if len(a.actual) == 0 {
		return nil
	}
	m := ScoreSummaries(a.actual, a.summaries)
	return &m
}
