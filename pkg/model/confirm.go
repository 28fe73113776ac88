package model

import (
	"math"

	"vmmp/pkg/prediction"
)

// Confirm reports whether m predicts what id claims, but for the last digits, which may differ between processors. Of
// an id of another model it knows nothing and returns true.
func (m *Model) Confirm(id prediction.ID) bool {
	if id.Model != m.id {
		return true
	}
	p := m.Predict(id.Features, Options{})
	own, claimed := p.Summary(), id.Summary
	return alike(own.DowntimeMS, claimed.DowntimeMS) && alike(own.LowerMS, claimed.LowerMS) &&
		alike(own.UpperMS, claimed.UpperMS) && alike(own.Confidence, claimed.Confidence) &&
		alike(own.ConvergenceProbability, claimed.ConvergenceProbability) &&
		(own.TotalTimeMS == nil) == (claimed.TotalTimeMS == nil) &&
		(own.TotalTimeMS == nil || alike(*own.TotalTimeMS, *claimed.TotalTimeMS))
}

func alike(x, y float64) bool { return math.Abs(x-y) <= 1e-6*math.Abs(x) }
