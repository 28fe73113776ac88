package train

import (
	"math"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
)

// Example is one migration to learn from.
type Example struct {
	migration.Record

	// Elsewhere names the site of a migration that happened at another one than the model is to speak for; empty else. No
	// tree learns from it: it shows how far an answer may be off where nothing of the site is known.
	Elsewhere string

	// Untimed is the outcome the migration has when no timeout is stated. Only a simulation can know it; nil else.
	Untimed *migration.Outcome

	// NoiselessMS is the downtime without the noise of the single run, where a simulation knows it; NaN else.
	NoiselessMS float64
}

// Recorded returns examples of recorded migrations of the site that the model is to speak for.
func Recorded(records []migration.Record) []Example {
	examples := make([]Example, len(records))
	for i, r := range records {
		examples[i] = Example{Record: r, NoiselessMS: math.NaN()}
	}
	return examples
}

// origin returns where the example comes from.
func (e *Example) origin() estimate.Origin {
	switch {
	case e.Source == migration.SourcePrecopy:
		return estimate.FromSimulation
	case e.Elsewhere != "":
		return estimate.FromOthers
	}
	return estimate.FromSite
}

// masked returns the example as somebody sees it who knows only the features of s, with the outcome that answers that
// person's question: without a timeout it is "within 30 rounds?". Where a migration that was given up by its timeout
// cannot tell, the timeout stays known.
func (e *Example) masked(s migration.Set) (migration.Features, migration.Outcome) {
	timeout := migration.Of(migration.TimeoutS)
	known := e.Features.Known().Has(migration.TimeoutS)
	switch {
	case known && s&timeout != 0:
		return e.Features.Only(s), e.Outcome
	case known && e.Untimed != nil:
		return e.Features.Only(s), *e.Untimed
	case e.Outcome.SwitchedOver() && e.Outcome.Rounds > precopy.LateSyncs:
		late := e.Outcome
		late.Status = migration.NotConverged
		return e.Features.Only(s), late
	case !known || e.Outcome.SwitchedOver() || e.Outcome.Rounds >= precopy.DefaultRounds:
		return e.Features.Only(s), e.Outcome
	}
	return e.Features.Only(s | timeout), e.Outcome
}

// untimed returns the example as masked does, as the forests learn from it: they know no timeout, which decides nothing
// before it is over. Of a migration that was given up by its timeout they learn nothing, where nobody knows what would
// have come of it.
func (e *Example) untimed(s migration.Set) (migration.Features, migration.Outcome) {
	timeout := migration.Of(migration.TimeoutS)
	x, outcome := e.masked(s &^ timeout)
	if x.Known().Has(migration.TimeoutS) {
		return x.Only(migration.Everything &^ timeout), migration.UnknownOutcome()
	}
	return x, outcome
}

// downtimeMS returns the pause of a migration that switched over by itself; false for others, and where none was
// recorded.
func downtimeMS(o migration.Outcome) (float64, bool) {
	return o.DowntimeMS, o.SwitchedOver() && !math.IsNaN(o.DowntimeMS)
}

// totalTimeMS returns the total time of a migration that switched over by itself.
func totalTimeMS(o migration.Outcome) (float64, bool) {
	return o.TotalTimeMS, o.SwitchedOver() && !math.IsNaN(o.TotalTimeMS)
}

// switchedOver returns 1 or 0; false where the outcome does not tell.
func switchedOver(o migration.Outcome) (float64, bool) {
	switch {
	case o.SwitchedOver():
		return 1, true
	case o.Status == migration.NotConverged || o.Status == migration.Forced:
		return 0, true
	}
	return 0, false
}
