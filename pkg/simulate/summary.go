package simulate

import (
	"math"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// Summary says how right predictions were over several migrations. Shares and errors are fractions; what no migration
// defines is null. Errors, verdicts and downtimes are those of migrations that switched over; a failed one says
// nothing of convergence.
type Summary struct {
	Count                  int                 `json:"count"`
	Failed                 int                 `json:"failed"`                  // for a cause other than convergence
	Converged              *float64            `json:"converged"`               // share of the others that switched over
	ConvergenceProbability *float64            `json:"convergence_probability"` // mean of what was predicted of them
	MedianRelativeError    *float64            `json:"median_relative_error"`
	Coverage90             *float64            `json:"coverage_90"`       // share that the prediction interval held
	Within25               *float64            `json:"within_25_percent"` // share predicted to within a quarter
	MeanConfidence         *float64            `json:"mean_confidence"`   // mean of the predictions of within_25_percent
	RelativeError          *evaluate.Quantiles `json:"relative_error"`
	Downtime               *evaluate.Quantiles `json:"downtime_ms"`
}

// Summarise returns the summary of migrations.
func Summarise(all []Migration) Summary {
	var a Accumulator
	for i := range all {
		a.Add(&all[i])
	}
	return a.Summary()
}

// Accumulator sums migrations up as they come. Its zero value is of none.
type Accumulator struct {
	count, failed            int
	converged, predicted     []float64
	confidence, held, within []float64
	errors, downtimes        []float64
}

// Add counts a migration.
func (a *Accumulator) Add(m *Migration) {
	a.count++
	if m.Outcome.Status == migration.Failed {
		a.failed++
		return
	}
	a.converged = append(a.converged, one(m.Outcome.Status == migration.Completed))
	a.predicted = append(a.predicted, m.Prediction.ConvergenceProbability)
	if m.Error == nil {
		return
	}
	a.confidence = append(a.confidence, m.Prediction.Confidence)
	a.held, a.within = append(a.held, one(*m.Held)), append(a.within, one(*m.Within25))
	a.errors, a.downtimes = append(a.errors, *m.Error), append(a.downtimes, *m.Outcome.DowntimeMS)
}

// Summary returns that of all that was added.
func (a *Accumulator) Summary() Summary {
	s := Summary{
		Count: a.count, Failed: a.failed, Converged: mean(a.converged), ConvergenceProbability: mean(a.predicted),
		Coverage90: mean(a.held), Within25: mean(a.within), MeanConfidence: mean(a.confidence),
		RelativeError: evaluate.NewQuantiles(a.errors), Downtime: evaluate.NewQuantiles(a.downtimes),
	}
	if s.RelativeError != nil {
		s.MedianRelativeError = &s.RelativeError.Median
	}
	return s
}

// LogErrors returns the logarithms of the last n relative errors of those that switched over, in their order, none
// smaller than that of a percent: one bad miss does not make all others look alike.
func (a *Accumulator) LogErrors(n int) []float64 {
	last := a.errors[max(0, len(a.errors)-n):]
	logs := make([]float64, len(last))
	for i, e := range last {
		logs[i] = math.Log(max(e, 0.01))
	}
	return logs
}

// one returns 1 for true, else 0.
func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// mean returns nil without values.
func mean(values []float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	sum /= float64(len(values))
	return &sum
}
