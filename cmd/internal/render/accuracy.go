package render

import (
	"fmt"
	"io"

	"vmmp/cmd/internal/humanize"
	"vmmp/pkg/evaluate"
)

// Accuracy writes in one line how right a model was on the rows of a file, nothing where s is nil.
func Accuracy(w io.Writer, modelID string, s *evaluate.Metrics) {
	if s == nil {
		return
	}
	rows := "rows"
	if s.Rows == 1 {
		rows = "row"
	}
	fmt.Fprintf(w, "accuracy on %d %s with a downtime (model %s): median relative error %s, within 25 %%: %s "+
		"(mean confidence %s), 90 %% interval holds %s, log R2 %s, R2 %s, MAE %s ms\n",
		s.Rows, rows, modelID, humanize.Percent(s.MedianRelativeError), humanize.Percent(s.Within25),
		humanize.Percent(s.MeanConfidence), humanize.Percent(s.Coverage90),
		humanize.Figure("%.3f", s.LogR2), humanize.Figure("%.3f", s.R2), humanize.Figure("%.1f", s.MAE))
}
