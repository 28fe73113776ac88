package population

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"vmmp/pkg/migration"
)

// A Population draws migrations.
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

// Named returns the population of that name, or an error that lists the names there are.
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

// Draw returns n migrations. The same n and seed draw the same; a larger n begins
// with them.
func (p Population) Draw(n int, seed uint64) []Draw {
	draws := make([]Draw, n)
	for i := range draws {
		draws[i] = p.At(seed, uint64(i))
	}
	return draws
}

// At returns migration i of those that the seed draws.
func (p Population) At(seed, i uint64) Draw {
	d := p.draw(newRand(seed, i))
	d.Source = migration.SourcePrecopy
	return d
}
