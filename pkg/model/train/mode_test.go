package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// follow makes every pause what law says of the VM, but for a little noise.
func follow(examples []Example, law func(p *estimate.Physics, x migration.Features) float64) []Example {
	r := rand.New(rand.NewPCG(4, 4))
	for i := range examples {
		e := &examples[i]
		p := estimate.Analyse(&precopy.Typical, e.Features)
		e.Outcome, e.Untimed = outcome(migration.Completed, estimate.InMS(law(&p, e.Features)+0.02*r.NormFloat64()), 3), nil
	}
	return examples
}

func choose(t *testing.T, examples []Example, o Options) model.ModeChoice {
	t.Helper()
	d := newDesign(precopy.Typical, examples, 4, 1)
	choice, err := chooseMode(t.Context(), evaluate.Downtime, d.where(downtimeMS), o)
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

func TestModeIsWhatTheDataFollow(t *testing.T) {
	for _, c := range []struct {
		law      func(p *estimate.Physics, x migration.Features) float64
		residual bool
	}{
		{func(p *estimate.Physics, _ migration.Features) float64 { return p.Downtime + 0.3 }, true},
		{func(_ *estimate.Physics, x migration.Features) float64 { return 4 + x.Get(migration.CPULoad)/50 }, false},
	} {
		choice := choose(t, follow(draw(70, 1), c.law), chosen)
		if (choice.Chosen == model.Residual) != c.residual || choice.Rows != 70 || choice.Folds != modeFolds || choice.Grouped {
			t.Errorf("choice %+v", choice)
		}
		for _, figures := range []map[model.Mode]prediction.Number{choice.LogMAE, choice.LogR2, choice.Median} {
			if len(figures) != len(estimate.Modes)+1 {
				t.Errorf("choice %+v", choice)
			}
		}
		for _, mode := range estimate.Modes {
			if choice.LogR2[mode] > choice.LogR2[choice.Chosen] {
				t.Errorf("%s is better than the chosen %s: %+v", mode, choice.Chosen, choice)
			}
		}
	}
}

// What the physics alone says is scored as it is: 0.3 off in the logarithm.
func TestModeBesideThePhysicsAlone(t *testing.T) {
	c := choose(t, follow(draw(70, 1), func(p *estimate.Physics, _ migration.Features) float64 { return p.Downtime + 0.3 }), chosen)
	if off := float64(c.LogMAE[model.Analytic]); math.Abs(off-0.3) > 0.01 {
		t.Errorf("the physics is %v off", off)
	}
}

// A forest alone answers the same whatever the physics says.
func TestForestAloneSeesNoPhysics(t *testing.T) {
	d := newDesign(precopy.Typical, draw(100, 1), 2, 1)
	rows := d.where(downtimeMS).ofLearner(estimate.WithPhysics)
	l := estimate.Learner{Target: evaluate.Downtime, Mode: model.Alone}
	if _, err := fitLearner(t.Context(), &l, rows, Options{Trees: 5}.forest("", len(rows.y))); err != nil {
		t.Fatal(err)
	}
	row := slices.Clone(d.columnsOf(rows.index[0]))
	before := l.Mean(row, &rows.row(0).physics)
	seen := make([]float64, len(row))
	estimate.HidePhysics(seen)
	for j, v := range seen {
		if math.IsNaN(v) {
			row[j] = 1e3
		}
	}
	if after := l.Mean(row, &estimate.Physics{Downtime: 1}); after != before {
		t.Errorf("%v with its own physics, %v with another", before, after)
	}
}

func TestModeThatWasAskedFor(t *testing.T) {
	for _, mode := range estimate.Modes {
		c := choose(t, draw(40, 1), Options{Mode: mode})
		if c.Chosen != mode || c.Folds != 0 || c.LogR2 != nil {
			t.Errorf("choice %+v", c)
		}
	}
}

func TestModeWithNothingToCompareOn(t *testing.T) {
	blind := draw(40, 1)
	for i := range blind {
		blind[i].Features = blind[i].Features.Only(estimate.SeedFeatures)
	}
	for name, examples := range map[string][]Example{"no physics": blind, "one group": inGroups(draw(40, 1), 1)} {
		if c := choose(t, examples, chosen); c.Chosen != model.Column || c.Folds != 0 || c.LogR2 != nil {
			t.Errorf("%s: choice %+v", name, c)
		}
	}
}

func TestModeOfFewGroups(t *testing.T) {
	if c := choose(t, inGroups(draw(40, 1), 3), chosen); c.Folds != 3 || !c.Grouped {
		t.Errorf("choice %+v", c)
	}
}
