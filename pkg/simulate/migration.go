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

	// The verdicts are null where pre-copy did not switch over by itself: the
	// predicted downtime is that of migrations that do.
	Error    *float64 `json:"error"`             // relative error |p - y| / y of the downtime, as a fraction
	Hit      *bool    `json:"hit"`               // the prediction interval holds the downtime
	Within25 *bool    `json:"within_25_percent"` // the prediction is off by at most a quarter of the downtime

	Name string    `json:"name,omitempty"` // the scenario, row or VM of a fleet that was migrated
	At   time.Time `json:"-"`              // when it was over

	source migration.Source
}

// Outcome is what came of a migration, as JSON: unknown is null.
type Outcome struct {
	DowntimeMS     *float64         `json:"downtime_ms"`
	TotalTimeMS    *float64         `json:"total_time_ms"`
	TransferredMiB *float64         `json:"transferred_mib"`
	Rounds         *float64         `json:"rounds"`
	Status         migration.Status `json:"status"`
}

// newMigration judges a prediction by an outcome.
func newMigration(p prediction.Prediction, r migration.Record) Migration {
	o := r.Outcome
	m := Migration{Features: r.Features, Prediction: p, Outcome: newOutcome(o), Name: r.Group, source: r.Source}
	if !o.SwitchedOver() || math.IsNaN(o.DowntimeMS) {
		return m
	}
	summary := p.Summary()
	v := summary.Judge(max(o.DowntimeMS, prediction.LeastMS))
	m.Error, m.Hit, m.Within25 = &v.RelativeError, &v.Held, &v.Within25
	return m
}

func newOutcome(o migration.Outcome) Outcome {
	return Outcome{known(o.DowntimeMS), known(o.TotalTimeMS), known(o.TransferredMiB), known(o.Rounds), o.Status}
}

// known is v, nil when JSON has no number for it.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Record is the migration as it would be recorded.
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
