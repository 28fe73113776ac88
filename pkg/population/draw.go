package population

import (
	"math"
	"math/rand/v2"

	"vmmp/pkg/migration"
)

// A Draw is one migration of a population.
type Draw struct {
	migration.Record

	// Untimed is the outcome the same migration has when nobody states a timeout:
	// within 30 rounds. It is the truth about the VM for whoever does not know
	// timeout_s.
	Untimed migration.Outcome

	// NoiselessMS is the downtime without the run's own noise, all hidden
	// properties of the VM known: no predictor can do better on average. NaN where
	// the migration does not switch over.
	NoiselessMS float64
}

// lognormal draws with the given median and sigma of the logarithm.
func lognormal(r *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*r.NormFloat64())
}

// logUniform draws uniformly in the logarithm.
func logUniform(r *rand.Rand, low, high float64) float64 {
	return low * math.Pow(high/low, r.Float64())
}

// percent draws a percentage around a median, never quite 0 or 100.
func percent(r *rand.Rand, median, spread float64) float64 {
	logit := math.Log(median/(100-median)) + spread*r.NormFloat64()
	return 100 / (1 + math.Exp(-logit))
}

func uniform(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }

func clamp(v, low, high float64) float64 { return max(low, min(v, high)) }

// round keeps so many significant digits: nobody measures more, and files stay
// short.
func round(v float64, digits int) float64 {
	if v == 0 || math.IsNaN(v) {
		return v
	}
	scale := math.Pow(10, float64(digits-1)-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// newRand returns the generator of one row.
func newRand(seed, row uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, row)) }
