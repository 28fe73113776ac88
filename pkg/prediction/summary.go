package prediction

// Summary holds the numbers of a prediction: what is kept of it until its outcome is known. Times are in ms,
// probabilities from 0 to 1.
type Summary struct {
	DowntimeMS             float64  `json:"predicted_downtime"`
	TotalTimeMS            *float64 `json:"predicted_total_time_ms,omitempty"` // nil where no training row told
	LowerMS                float64  `json:"lower"`                             // of the 90 % interval of the downtime
	UpperMS                float64  `json:"upper"`
	Confidence             float64  `json:"confidence"` // probability that the downtime is a Hit
	ConvergenceProbability float64  `json:"convergence_probability"`
}

// Summary returns the numbers of the prediction.
func (p *Prediction) Summary() Summary {
	s := Summary{
		DowntimeMS: p.PredictedDowntime, LowerMS: p.Interval.Lower, UpperMS: p.Interval.Upper,
		Confidence: p.Confidence, ConvergenceProbability: p.ConvergenceProbability,
	}
	if total := float64(p.PredictedTotalTimeMS); total == total { // not NaN
		s.TotalTimeMS = &total
	}
	return s
}

// plausible reports whether a model can have answered so.
func (s *Summary) plausible() bool {
	return 0 < s.LowerMS && s.LowerMS <= s.DowntimeMS && s.DowntimeMS <= s.UpperMS &&
		0 <= s.Confidence && s.Confidence <= 1 &&
		0 <= s.ConvergenceProbability && s.ConvergenceProbability <= 1 && (s.TotalTimeMS == nil || *s.TotalTimeMS > 0)
}
