package simulate

import (
	"slices"

	"vmmp/pkg/migration"
)

// Summary says how right predictions were over several migrations. Shares and
// errors are fractions; what no migration defines is null. Errors, hits and
// downtimes are those of migrations that switched over.
type Summary struct {
	Count                  int        `json:"count"`
	Converged              *float64   `json:"converged"`               // share that switched over by itself
	ConvergenceProbability *float64   `json:"convergence_probability"` // mean of what was predicted
	MedianRelativeError    *float64   `json:"median_relative_error"`
	Coverage90             *float64   `json:"coverage_90"`       // share that the prediction interval held
	Within25               *float64   `json:"within_25_percent"` // share predicted to within a quarter
	MeanConfidence         *float64   `json:"mean_confidence"`   // mean of what was predicted for within_25_percent
	Downtime               *Downtimes `json:"downtime_ms"`
}

// Downtimes are the downtimes of several migrations, in ms.
type Downtimes struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// Summarise sums migrations up.
func Summarise(all []Migration) Summary {
	var converged, predicted, confidence, hits, within, errors, downtimes []float64
	for i := range all {
		m := &all[i]
		converged = append(converged, one(m.Outcome.Status == migration.Completed))
		predicted = append(predicted, m.Prediction.ConvergenceProbability)
		if m.Error == nil {
			continue
		}
		confidence = append(confidence, m.Prediction.Confidence)
		hits, within = append(hits, one(*m.Hit)), append(within, one(*m.Within25))
		errors, downtimes = append(errors, *m.Error), append(downtimes, *m.Outcome.DowntimeMS)
	}
	s := Summary{
		Count: len(all), Converged: mean(converged), ConvergenceProbability: mean(predicted),
		MedianRelativeError: median(errors), Coverage90: mean(hits), Within25: mean(within), MeanConfidence: mean(confidence),
	}
	if middle := median(downtimes); middle != nil {
		s.Downtime = &Downtimes{slices.Min(downtimes), *middle, slices.Max(downtimes)}
	}
	return s
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// mean is nil without values.
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

// median is nil without values; it sorts them.
func median(values []float64) *float64 {
	n := len(values)
	if n == 0 {
		return nil
	}
	slices.Sort(values)
	middle := (values[(n-1)/2] + values[n/2]) / 2
	return &middle
}
