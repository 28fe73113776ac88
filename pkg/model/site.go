package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
)

// What is wrong with outcomes that a model is to be corrected by.
var (
	ErrNoOutcome = errors.New("no outcome to learn a site from")
	ErrNoPrior   = errors.New("the model knows one site only")
)

// At returns the model as it answers at the site that the outcomes are of: its answers are corrected by a few numbers
// that the outcomes teach, the less the fewer they are. It has an identity of its own. Errors are ErrNoOutcome where no
// outcome tells the downtime of a migration that switched over by itself and of which the physics can be computed, and
// ErrNoPrior where the model was trained on migrations of one site alone.
func (m *Model) At(outcomes []migration.Record) (*Model, error) {
	if m.experts.Prior == nil {
		return nil, fmt.Errorf("%w: take the embedded model, or train one with --population fleet beside --data", ErrNoPrior)
	}
	experts := m.experts
	experts.Schema = slices.Clone(m.experts.Schema)
	var own []estimate.Outcome
	for i := range outcomes {
		o := &outcomes[i]
		for f := range o.Features.Known().All() {
			experts.Schema[f].Add(estimate.FromOutcome, estimate.Position(f, o.Features))
		}
		if o.Outcome.SwitchedOver() {
			own = append(own, estimate.Outcome{
				Features: o.Features, DowntimeMS: o.Outcome.DowntimeMS, TotalTimeMS: o.Outcome.TotalTimeMS,
			})
		}
	}
	experts.Correction = experts.LearnCorrection(m.experts.Correction.Doubt(), own)
	if experts.Correction.Rows == 0 {
		return nil, fmt.Errorf("%w: %d rows, and none tells the downtime of a migration that switched over by itself "+
			"with bandwidth, size and dirty rate of the VM", ErrNoOutcome, len(outcomes))
	}
	return New(experts, m.provenance)
}

// Correction returns what outcomes of a site taught the model about it; without outcomes, the physics of a site of
// which nothing is known, and nothing beside.
func (m *Model) Correction() Correction {
	c := m.experts.Correction
	place := precopy.Typical
	if c.Known() {
		place = c.Place
	}
	return Correction{
		Outcomes: c.Rows, Place: place, FixedMS: float64(place.Overhead)/float64(time.Millisecond) + c.FixedMS,
		Memory: math.Exp(c.Memory), Time: math.Exp(c.Time),
	}
}

// Correction holds what the outcomes of a site tell: its constants, and by what the answers are still off then.
type Correction struct {
	Outcomes int          // that it was learned from
	Place    precopy.Site // whose physics answers start from
	FixedMS  float64      // fixed part of a pause
	Memory   float64      // factor on the part that sends memory
	Time     float64      // factor on the total time
}
