package population

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"vmmp/pkg/migration"
)

// Draw is one migration of a population.
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

// Population draws migrations.
type Population struct {
	Name string
	draw func(*rand.Rand) Draw
}

// The populations.
var (
	Demo  = Population{"demo", drawDemo}
	Fleet = Population{"fleet", drawFleet}
)

// Populations lists the populations.
var Populations = []Population{Demo, Fleet}

// Named finds a population by its name.
func Named(name string) (Population, error) {
	for _, p := range Populations {
		if p.Name == name {
			return p, nil
		}
	}
	var names []string
	for _, p := range Populations {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return Population{}, fmt.Errorf("unknown population %q: it is one of %s", name, strings.Join(names, ", "))
}

// Draw draws n migrations. The same n and seed draw the same; a larger n begins
// with them.
func (p Population) Draw(n int, seed uint64) []Draw {
	draws := make([]Draw, n)
	for i := range draws {
		draws[i] = p.At(seed, uint64(i))
	}
	return draws
}

// At is migration i of those that the seed draws.
func (p Population) At(seed, i uint64) Draw {
	d := p.draw(newRand(seed, i))
	d.Source = migration.SourcePrecopy
	return d
}

// lognormal draws with the given median and sigma of the logarithm.
func lognormal(r *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*r.NormFloat64())
}

// logUniform draws uniformly in the logarithm.
func logUniform(r *rand.Rand, low, high float64) float64 {
	return low * math.Pow(high/low, r.Float64())
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

// newRand is the generator of one row.
func newRand(seed, row uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, row)) }
