package evaluate

import (
	"fmt"
	"math"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// Target is what is forecast of a migration.
type Target int

// The targets.
const (
	Downtime  Target = iota // the gap between the source's STOP and the destination's RESUME
	TotalTime               // from the start of the migration to its end
)

// String returns the target in words.
func (t Target) String() string {
	if t == TotalTime {
		return "total time"
	}
	return "downtime"
}

// Precopy returns the baseline of the physics alone: the analytic estimate of the target, freed of its bias, and the
// training median where the physics cannot be computed from what is known.
func Precopy(target Target, x []migration.Features, y []float64) (*Baseline, error) {
	var of func(precopy.Analysis) float64
	switch target {
	case Downtime:
		of = func(a precopy.Analysis) float64 { return a.DowntimeMS }
	case TotalTime:
		of = func(a precopy.Analysis) float64 { return a.TotalTimeMS }
	default:
		panic(fmt.Sprintf("evaluate: no target %d", target))
	}
	return NewBaseline(func(x migration.Features) float64 {
		if vm, ok := precopy.Describe(x); ok {
			return of(vm.Analyse(precopy.ZerosInside))
		}
		return math.NaN()
	}, x, y)
}
