package cmd

import (
	"fmt"
	"io"
	"math"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
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
	summaries []prediction.Summary
}

func (t *tally) add(row *inputRow, p *prediction.Prediction) {
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
	t.actual = append(t.actual, max(o.DowntimeMS, prediction.LeastMS))
	t.summaries = append(t.summaries, p.Summary())
}

// report tells the accuracy where any outcome was known.
func (t *tally) report(w io.Writer, m *model.Model) {
	if len(t.actual) == 0 {
		return
	}
	s := evaluate.ScoreSummaries(t.actual, t.summaries)
	rows := "rows"
	if s.Rows == 1 {
		rows = "row"
	}
	fmt.Fprintf(w, "accuracy on %d %s with a downtime (model %s): median relative error %s, within 25 %%: %s (mean confidence %s), "+
		"90 %% interval holds %s, log R2 %s, R2 %s, MAE %s ms\n",
		s.Rows, rows, m.ID(), share(s.MedianRelativeError), share(s.Within25), share(s.MeanConfidence),
		share(s.Coverage90), figure("%.3f", s.LogR2), figure("%.3f", s.R2), figure("%.1f", s.MAE))
}

// verdict is the error of rows that do not keep the limit.
func (t *tally) verdict() error {
	if t.over == 0 {
		return nil
	}
	return exceeded("%d of %d rows, the first of them row %d, do not stay under %v with the assurance of %g",
		t.over, t.rows, t.firstOver, t.limit, t.assurance)
}
