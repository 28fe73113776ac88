package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// follow makes every pause what law says of the VM, but for a little noise.
func follow(examples []Example, law func(p *physics, x migration.Features) float64) []Example {
	r := rand.New(rand.NewPCG(4, 4))
	for i := range examples {
		e := &examples[i]
		p := analyse(e.Features)
		e.Outcome, e.Untimed = outcome(migration.Completed, inMS(law(&p, e.Features)+0.02*r.NormFloat64()), 3), nil
	}
	return examples
}

func choose(t *testing.T, examples []Example, o Options) ModeChoice {
	t.Helper()
	d := newDesign(examples, 4, 1)
	choice, err := chooseMode(t.Context(), evaluate.Downtime, d.where(downtimeMS), o)
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

func TestModeIsWhatTheDataFollow(t *testing.T) {
	for want, law := range map[Mode]func(p *physics, x migration.Features) float64{
		Residual: func(p *physics, x migration.Features) float64 { return p.downtime + 0.3 },
		Column:   func(p *physics, x migration.Features) float64 { return 4 + x.Get(migration.CPULoad)/50 },
	} {
		c := choose(t, follow(world(70, 1), law), chosen)
		if c.Chosen != want || c.Rows != 70 || c.Folds != modeFolds || c.Grouped {
			t.Errorf("choice %+v, want %s", c, want)
		}
		if (c.Residual < c.Column) != (want == Residual) || len(c.LogR2) != 2 || len(c.Median) != 2 {
			t.Errorf("choice %+v", c)
		}
	}
}

func TestModeThatWasAskedFor(t *testing.T) {
	for _, mode := range []Mode{Column, Residual} {
		c := choose(t, world(40, 1), Options{Mode: mode})
		if c.Chosen != mode || c.Folds != 0 || !math.IsNaN(float64(c.Column)) || !math.IsNaN(float64(c.Residual)) {
			t.Errorf("choice %+v", c)
		}
	}
}

func TestModeWithNothingToCompareOn(t *testing.T) {
	blind := world(40, 1)
	for i := range blind {
		blind[i].Features = blind[i].Features.Only(seedFeatures)
	}
	for name, examples := range map[string][]Example{"no physics": blind, "one group": inGroups(world(40, 1), 1)} {
		if c := choose(t, examples, chosen); c.Chosen != Column || c.Folds != 0 || !math.IsNaN(float64(c.Column)) {
			t.Errorf("%s: choice %+v", name, c)
		}
	}
}

func TestModeOfFewGroups(t *testing.T) {
	if c := choose(t, inGroups(world(40, 1), 3), chosen); c.Folds != 3 || !c.Grouped {
		t.Errorf("choice %+v", c)
	}
}
