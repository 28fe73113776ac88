package simulate

import (
	"math"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Migration is a prediction beside what happened. Its JSON is a contract.
type Migration struct {
	Features   migration.Features    `json:"features"`
	Prediction prediction.Prediction `json:"prediction"`
	Outcome    Outcome               `json:"outcome"`
	Error      *float64              `json:"error" doc:"relative error of the predicted downtime as a fraction; null where pre-copy did not switch over by itself"`
	Verdict
	Name string    `json:"name,omitempty" doc:"the scenario, row or VM of a fleet that was migrated"`
	At   time.Time `json:"-"` // when it was over

	source migration.Source
}

// Verdict is a prediction.Verdict in the JSON of a Migration and of a SavedEntry. It is null where pre-copy did not
// switch over by itself: the predicted downtime is that of migrations that do.
type Verdict struct {
	Hit      *bool `json:"hit" doc:"the same as within_25_percent"`
	Within25 *bool `json:"within_25_percent" doc:"whether the predicted downtime is off by at most a quarter of the actual one"`
	Held     *bool `json:"interval_held" doc:"whether the prediction interval held the actual downtime"`
}

// Outcome is what came of a migration, as JSON: unknown is null.
type Outcome struct {
	DowntimeMS     *float64         `json:"downtime_ms"`
	TotalTimeMS    *float64         `json:"total_time_ms"`
	TransferredMiB *float64         `json:"transferred_mib"`
	Rounds         *float64         `json:"rounds"`
	Status         migration.Status `json:"status"`
}

// newMigration returns a prediction beside an outcome, with the verdict.
func newMigration(p prediction.Prediction, r migration.Record) Migration {
	o := r.Outcome
	m := Migration{Features: r.Features, Prediction: p, Outcome: newOutcome(o), Name: r.Group, source: r.Source}
	if !o.SwitchedOver() || math.IsNaN(o.DowntimeMS) {
		return m
	}
	s := p.Summary()
	v := s.Judge(max(o.DowntimeMS, prediction.LeastMS))
	m.Error, m.Verdict = &v.RelativeError, Verdict{Hit: &v.Within25, Within25: &v.Within25, Held: &v.Held}
	return m
}

func newOutcome(o migration.Outcome) Outcome {
	return Outcome{known(o.DowntimeMS), known(o.TotalTimeMS), known(o.TransferredMiB), known(o.Rounds), o.Status}
}

// known returns v, nil if JSON has no number for it.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Record returns the migration as it would be recorded.
func (m *Migration) Record() migration.Record {
	o := &m.Outcome
	return migration.Record{
		Features: m.Features, Source: m.source, Group: m.Name, PredictionID: m.Prediction.PredictionID,
		Outcome: migration.Outcome{
			DowntimeMS: orNaN(o.DowntimeMS), TotalTimeMS: orNaN(o.TotalTimeMS),
			TransferredMiB: orNaN(o.TransferredMiB), Rounds: orNaN(o.Rounds), Status: o.Status,
		},
	}
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
