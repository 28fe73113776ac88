package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"vmmp/forest"
	"vmmp/pkg/migration"
)

// newLab draws real migrations that the model lab has not seen, or simulated ones.
func newLab(measured bool) []migration.Features {
	var xs []migration.Features
	for _, e := range world(300, 44) {
		if onLab(&e) == measured && e.Outcome.SwitchedOver() {
			xs = append(xs, e.Features)
		}
	}
	return xs
}

func shareOfSupport(m *Model, xs []migration.Features, s Support) float64 {
	n := 0.0
	for _, x := range xs {
		if m.Predict(x, Ask{}).Support == s {
			n++
		}
	}
	return n / float64(len(xs))
}

func TestSupportIsMeasuredWhereRealMigrationsLie(t *testing.T) {
	if share := shareOfSupport(lab(), newLab(true), Measured); share < 0.7 {
		t.Errorf("%.2f of the VMs like those of the lab have measured support", share)
	}
	if share := shareOfSupport(lab(), newLab(false), Simulated); share < 1 {
		t.Errorf("%.2f of the VMs unlike those of the lab have simulated support", share)
	}
}

func TestSupportOfAllRealRows(t *testing.T) {
	examples := world(60, 6)
	for i := range examples {
		examples[i].Source = migration.SourceLibvirt
	}
	m := train(t, examples, small)
	inside := examples[0].Features
	if got := m.Predict(inside, Ask{}); got.Support != Measured || contains(got.Warnings, "simulated") {
		t.Errorf("inside: support %s, warnings %q", got.Support, got.Warnings)
	}
	far := inside
	far.Set(migration.MemoryMiB, 16<<20)
	if got := m.Predict(far, Ask{}); got.Support != Simulated {
		t.Errorf("far outside: support %s", got.Support)
	}
}

func TestSupportWithoutRealRows(t *testing.T) {
	p := tiny().Predict(vm(), Ask{})
	if p.Support != Simulated || !contains(p.Warnings, "no measured migration lies near") {
		t.Errorf("support %s, warnings %q", p.Support, p.Warnings)
	}
}

func TestSimulatedAnswersAreWiderThanInTheirWorld(t *testing.T) {
	m := tiny()
	for _, e := range world(50, 9) {
		var a, b buffers
		inWorld, answer := m.inWorld(&a, e.Features), m.answer(&b, e.Features)
		if !(answer.downtime.width(0.9) > inWorld.downtime.width(0.9)) || answer.downtime.center() != inWorld.downtime.center() {
			t.Fatalf("width %v about %v in its world, %v about %v in the real one",
				inWorld.downtime.width(0.9), inWorld.downtime.center(), answer.downtime.width(0.9), answer.downtime.center())
		}
		near(t, "convergence", answer.converges, inWorld.converges)
	}
}

func TestSupportOfLeaves(t *testing.T) {
	// Rows 1 and 9 really happened.
	s := support{Sigma: 0.2}
	s.mark(withPhysics, 1, 12)
	s.mark(withPhysics, 9, 12)
	schema := rangesOf(nil)
	schema[migration.CPULoad].Measured = span{10, 20}
	var inside, outside migration.Features
	inside.Set(migration.CPULoad, 15)
	inside.SetPoints([]migration.Point{{Seconds: 1, MiB: 1}})
	outside.Set(migration.CPULoad, 30)
	half := []forest.RowWeight{{Row: 1, Weight: 0.25}, {Row: 9, Weight: 0.25}, {Row: 2, Weight: 0.5}}
	less := []forest.RowWeight{{Row: 1, Weight: 0.25}, {Row: 9, Weight: 0.2}, {Row: 2, Weight: 0.55}}
	for _, c := range []struct {
		name   string
		side   int
		leaves []forest.RowWeight
		x      migration.Features
		want   Support
	}{
		{"half the weight", withPhysics, half, inside, Measured},
		{"less than half", withPhysics, less, inside, Simulated},
		{"outside the measured range", withPhysics, half, outside, Simulated},
		{"nothing known", withPhysics, half, migration.Features{}, Measured},
		{"the other learner", withoutPhysics, half, inside, Simulated},
	} {
		if got := s.of(c.side, c.leaves, c.x, schema); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Real rows measure how far the physics is off; of fewer than are needed, it stays
// what was measured elsewhere.
func TestSigmaIsMeasuredOnRealRows(t *testing.T) {
	const far = 1.7
	sigma := func(left int) float64 {
		examples := world(80, 12)
		r := rand.New(rand.NewPCG(1, 1))
		for i := range examples {
			if p := analyse(examples[i].Features); examples[i].Outcome.SwitchedOver() && left > 0 {
				examples[i].Source = migration.SourceLab
				examples[i].Outcome.DowntimeMS = inMS(p.downtime + far*r.NormFloat64())
				left--
			}
		}
		return train(t, examples, Options{Trees: 2, Mode: Column}).support.Sigma
	}
	for _, n := range []int{0, fewestExamples - 1} {
		if got := sigma(n); got != transferSigma {
			t.Errorf("sigma %v of %d real rows, want %v", got, n, transferSigma)
		}
	}
	if got := sigma(45); math.Abs(got-far) > 0.5 {
		t.Errorf("sigma %v of 45 real rows, want about %v", got, far)
	}
}

func TestRobustSigma(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	v := make([]float64, 4000)
	for i := range v {
		v[i] = -3 + 0.4*r.NormFloat64()
	}
	for i := range 100 {
		v[i] = 1000 // a few stalls
	}
	if got := robustSigma(v); math.Abs(got-0.4) > 0.03 {
		t.Errorf("sigma %v, want 0.4", got)
	}
}
