package simulate

import (
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Result is what came of a run. Its JSON is a contract.
type Result struct {
	Mode        Mode               `json:"mode"`
	Host        migration.Features `json:"host"` // what a machine told of itself; of several measurements the last
	Seed        uint64             `json:"seed"`
	Count       int                `json:"count"` // of simulations
	Simulations []Migration        `json:"simulations"`
	Summary     Summary            `json:"summary"`
}

// Saved is a run as it is kept in a file, for whoever looks at it later. Its JSON is a contract.
type Saved struct {
	Timestamp time.Time    `json:"timestamp"` // when the run ended
	Mode      Mode         `json:"mode"`
	Seed      uint64       `json:"seed"`
	Results   []SavedEntry `json:"results"`
	Summary   Summary      `json:"summary"`
}

// SavedEntry is one migration of a run. What is not known is null.
type SavedEntry struct {
	Timestamp time.Time          `json:"timestamp"` // when the migration was over
	Name      string             `json:"name,omitempty"`
	Features  migration.Features `json:"features"`
	Predicted float64            `json:"predicted"` // downtime in ms
	Actual    *float64           `json:"actual"`    // downtime in ms; null where pre-copy did not switch over by itself
	Accuracy  *float64           `json:"accuracy"`  // 1 minus the relative error, at least 0
	Verdict
	Confidence float64             `json:"confidence"`
	Interval   prediction.Interval `json:"interval"`
	Status     migration.Status    `json:"status"`
}

// Save returns the run for a file that is written now.
func (r *Result) Save(now time.Time) Saved {
	s := Saved{Timestamp: now, Mode: r.Mode, Seed: r.Seed, Results: []SavedEntry{}, Summary: r.Summary}
	for i := range r.Simulations {
		m := &r.Simulations[i]
		e := SavedEntry{
			Timestamp: m.At, Name: m.Name, Features: m.Features,
			Predicted: m.Prediction.PredictedDowntime, Confidence: m.Prediction.Confidence,
			Interval: m.Prediction.Interval, Verdict: m.Verdict, Status: m.Outcome.Status,
		}
		if m.Error != nil {
			accuracy := max(0, 1-*m.Error)
			e.Actual, e.Accuracy = m.Outcome.DowntimeMS, &accuracy
		}
		s.Results = append(s.Results, e)
	}
	return s
}

// SavedName returns the name of the file that a run is kept in.
func SavedName(now time.Time) string {
	return "simulation_results_" + now.Format("20060102_150405") + ".json"
}
