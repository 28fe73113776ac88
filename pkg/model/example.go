package model

import (
	"math"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// Example is one migration to learn from.
type Example struct {
	migration.Record

	// Untimed is the outcome the migration has when no timeout is stated. Only a
	// simulation can know it; nil else.
	Untimed *migration.Outcome

	// NoiselessMS is the downtime without the noise of the single run, where a
	// simulation knows it; NaN else.
	NoiselessMS float64
}

// Recorded makes examples of recorded migrations.
func Recorded(records []migration.Record) []Example {
	examples := make([]Example, len(records))
	for i, r := range records {
		examples[i] = Example{Record: r, NoiselessMS: math.NaN()}
	}
	return examples
}

// measured says whether the migration really happened.
func (e *Example) measured() bool { return e.Source != migration.SourcePrecopy }

// masked is the example as somebody sees it who knows only the features of s,
// with the outcome that answers that person's question: without a timeout it is
// "within 30 rounds?". Where a migration that was given up by its timeout cannot
// tell, the timeout stays known.
func (e *Example) masked(s migration.Set) (migration.Features, migration.Outcome) {
	timeout := migration.Of(migration.TimeoutS)
	if !e.Features.Known().Has(migration.TimeoutS) || s&timeout != 0 {
		return e.Features.Only(s), e.Outcome
	}
	switch {
	case e.Untimed != nil:
		return e.Features.Only(s), *e.Untimed
	case e.Outcome.SwitchedOver() && e.Outcome.Rounds > precopy.LateSyncs:
		late := e.Outcome
		late.Status = migration.NotConverged
		return e.Features.Only(s), late
	case e.Outcome.SwitchedOver() || e.Outcome.Rounds >= precopy.DefaultRounds:
		return e.Features.Only(s), e.Outcome
	}
	return e.Features.Only(s | timeout), e.Outcome
}

// downtimeMS is the pause of a migration that switched over by itself; false for
// others, and where none was recorded.
func downtimeMS(o migration.Outcome) (float64, bool) {
	return o.DowntimeMS, o.SwitchedOver() && !math.IsNaN(o.DowntimeMS)
}

// totalTimeMS is the total time of a migration that switched over by itself.
func totalTimeMS(o migration.Outcome) (float64, bool) {
	return o.TotalTimeMS, o.SwitchedOver() && !math.IsNaN(o.TotalTimeMS)
}

// switchedOver is 1 or 0; false where the outcome does not tell.
func switchedOver(o migration.Outcome) (float64, bool) {
	switch {
	case o.SwitchedOver():
		return 1, true
	case o.Status == migration.NotConverged || o.Status == migration.Forced:
		return 0, true
	}
	return 0, false
}
