package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"

	"vmmp/pkg/migration"
)

// Request says which VMs to migrate, and how. Its zero value with a Count is of a VM of which nothing is known.
type Request struct {
	Mode  Mode // empty: Stress where Scenarios are named, else Single
	Count int  // migrations, 1 to MaxCount where they are simulated; in the mode Stress of each scenario; not of Replay
	Seed  uint64

	// Given is known of every VM, in place of what is measured, or what a scenario or a row says.
	Given migration.Features

	// Measure tells of this machine what Given leaves open, in the modes Single and Continuous; nil: nothing does.
	Measure Measure

	Interval time.Duration // between two of Continuous
	Duration time.Duration // after which Continuous ends; 0: it does not
	Endless  bool          // Continuous ends with its context or after Duration, whatever Count is

	Scenarios []string           // of Stress, by their names; none: all
	Rows      []migration.Record // of Replay: one that says what came of its migration is taken as it was

	// Backend migrates; nil: Physics at Speed. In the mode OfFleet nil takes the migrations of RunFleet's report as
	// they were.
	Backend Backend
	Speed   float64

	Report Report // is told of each migration before it is yielded; nil: nobody is

	Keep bool // every migration, for the Result
}

// MaxCount is the largest number of simulated migrations in one request.
const MaxCount = 1000

// NewSeed returns a seed for whoever names none. It stays below 2^32: short to type, and exact for readers of JSON
// that know no integers.
func NewSeed() uint64 { return uint64(rand.Uint32()) }

// Check lists what is wrong with how many migrations are asked for, and of what, located at fields as a caller names
// them: count, fleet, scenario.
func (r *Request) Check() migration.Faults {
	var faults migration.Faults
	refuse := func(location, message string, value any) {
		faults = append(faults, migration.Fault{Location: location, Message: message, Value: value})
	}
	scenarios, err := NamedScenarios(r.Scenarios...)
	_, simulated := r.backend().(Physics)
	switch mode := r.mode(); {
	case mode == OfFleet:
		faults = checkFleet(r.Count)
	case mode != Replay && (r.Count < 1 || simulated && r.Count > MaxCount):
		refuse("count", fmt.Sprintf("must be 1 to %d", MaxCount), r.Count)
	}
	switch {
	case err != nil:
		refuse("scenario", err.Error(), nil)
	case len(r.Scenarios) > 0 && r.mode() != Stress:
		refuse("scenario", "is of the mode stress; leave it out, or give mode=stress", scenarios[0].Name)
	}
	return faults
}

// Once returns how many migrations a Count of 1 is: several in the mode Stress.
func (r *Request) Once() int {
	if r.mode() != Stress {
		return 1
	}
	scenarios, _ := NamedScenarios(r.Scenarios...) // Check tells of an unknown one
	return len(scenarioVMs(scenarios, 1, r.Seed))
}

// mode returns the one that is meant.
func (r *Request) mode() Mode {
	switch {
	case r.Mode != "":
		return r.Mode
	case len(r.Scenarios) > 0:
		return Stress
	}
	return Single
}

// backend returns what migrates.
func (r *Request) backend() Backend {
	if r.Backend != nil {
		return r.Backend
	}
	return Physics{Speed: r.Speed, Partial: r.mode() == Replay}
}
