package cmd

import (
	"fmt"
	"io"
	"math"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/model"
)

// tally counts over the rows of a file how many exceed the limit, and how right
// the predictions were where the outcome is known.
type tally struct {
	limit     time.Duration
	assurance float64
	rows      int
	over      int
	firstOver int
	actual    []float64
	forecasts []evaluate.Forecast
}

func (t *tally) add(row *inputRow, p *model.Prediction) {
	t.rows++
	if within := p.ProbabilityWithinLimit; within != nil && *within < t.assurance {
		t.over++
		if t.over == 1 {
			t.firstOver = t.rows
		}
	}
	o := row.record.Outcome
	if !o.SwitchedOver() || math.IsNaN(o.DowntimeMS) {
		return
	}
	t.actual = append(t.actual, max(o.DowntimeMS, leastDowntimeMS))
	t.forecasts = append(t.forecasts, evaluate.Forecast{
		Point: p.PredictedDowntime, Lower: p.Interval.Lower, Upper: p.Interval.Upper, Confidence: p.Confidence,
	})
}

// leastDowntimeMS keeps relative errors finite: no pause is shorter.
const leastDowntimeMS = 0.1

// report tells the accuracy where any outcome was known.
func (t *tally) report(w io.Writer, m *model.Model) {
	if len(t.actual) == 0 {
		return
	}
	s := evaluate.Score(t.actual, t.forecasts)
	fmt.Fprintf(w, "accuracy on %d rows with a downtime (model %s): median relative error %.1f %%, within 25 %%: %.1f %% (mean confidence %.1f %%), "+
		"90 %% interval holds %.1f %%, log R2 %.3f, R2 %.3f, MAE %.1f ms\n",
		s.Rows, m.ID(), 100*float64(s.MedianRelativeError), 100*float64(s.Within25), 100*float64(s.MeanConfidence),
		100*float64(s.Coverage90), float64(s.LogR2), float64(s.R2), float64(s.MAE))
}

// verdict is the error of rows that do not keep the limit.
func (t *tally) verdict() error {
	if t.over == 0 {
		return nil
	}
	return exceeded("%d of %d rows, the first of them row %d, do not stay under %v with the assurance of %g",
		t.over, t.rows, t.firstOver, t.limit, t.assurance)
}
