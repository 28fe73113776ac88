package train

import (
	"math"
	"math/rand/v2"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// Example is one migration to learn from.
type Example struct {
	migration.Record

	// Untimed is the outcome the migration has when no timeout is stated. Only a simulation can know it; nil else.
	Untimed *migration.Outcome

	// NoiselessMS is the downtime without the noise of the single run, where a simulation knows it; NaN else.
	NoiselessMS float64
}

// Recorded returns examples of recorded migrations.
func Recorded(records []migration.Record) []Example {
	examples := make([]Example, len(records))
	for i, r := range records {
		examples[i] = Example{Record: r, NoiselessMS: math.NaN()}
	}
	return examples
}

// measured reports whether the migration really happened.
func (e *Example) measured() bool { return e.Source != migration.SourcePrecopy }

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

// Timeouts, in seconds, that are asked of migrations which had none.
const (
	leastTimeout = 1
	mostTimeout  = 3600
)

// untimed reports whether the example had no timeout but shows what would have come of any: a migration that took ten
// seconds had failed with a timeout of nine. One that was given up after many rounds, which did not shrink, counts as
// one that no timeout would have let switch over.
func (e *Example) untimed() bool {
	_, ok := switchedOver(e.Outcome)
	return ok && !math.IsNaN(e.Outcome.TotalTimeMS) && !e.Features.Known().Has(migration.TimeoutS)
}

// timed gives an untimed example a timeout: x and outcome, of the example or masked from it, become those of a
// migration that had it. Every other timeout lies about where the physics expects the end, where the answer is open;
// none is drawn with a look at what came, which it would give away.
func (e *Example) timed(x *migration.Features, outcome *migration.Outcome, r *rand.Rand) {
	timeout := leastTimeout * math.Pow(mostTimeout/leastTimeout, r.Float64())
	if vm, ok := precopy.Describe(*x); ok && r.IntN(2) == 0 {
		a := vm.Analyse(precopy.ZerosInside)
		timeout = min(max(a.TotalTimeMS/1000*math.Exp(0.7*r.NormFloat64()), leastTimeout), mostTimeout)
	}
	x.Set(migration.TimeoutS, timeout)
	if e.Outcome.TotalTimeMS > timeout*1000 {
		*outcome = migration.UnknownOutcome()
		outcome.Status, outcome.TotalTimeMS = migration.NotConverged, timeout*1000
	}
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
