package model

import (
	"math"
	"slices"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
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

func shareOfSupport(m *Model, xs []migration.Features, s prediction.Support) float64 {
	n := 0.0
	for _, x := range xs {
		if m.Predict(x, Ask{}).Support == s {
			n++
		}
	}
	return n / float64(len(xs))
}

func TestSupportIsMeasuredWhereRealMigrationsLie(t *testing.T) {
	if share := shareOfSupport(lab(), newLab(true), prediction.Measured); share < 0.7 {
		t.Errorf("%.2f of the VMs like those of the lab have measured support", share)
	}
	if share := shareOfSupport(lab(), newLab(false), prediction.Simulated); share < 1 {
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
	if got := m.Predict(inside, Ask{}); got.Support != prediction.Measured || contains(got.Warnings, "simulated") {
		t.Errorf("inside: support %s, warnings %q", got.Support, got.Warnings)
	}
	far := inside
	far.Set(migration.MemoryMiB, 16<<20)
	if got := m.Predict(far, Ask{}); got.Support != prediction.Simulated || contains(got.Warnings, "simulated") || !contains(got.Warnings, "extrapolated") {
		t.Errorf("far outside: support %s, warnings %q", got.Support, got.Warnings)
	}
}

func TestSupportWithoutRealRows(t *testing.T) {
	p := tiny().Predict(vm(), Ask{})
	if p.Support != prediction.Simulated || !contains(p.Warnings, "no measured migration lies near") {
		t.Errorf("support %s, warnings %q", p.Support, p.Warnings)
	}
}

func TestSimulatedAnswersAreWiderThanInTheirWorld(t *testing.T) {
	m := tiny()
	for _, e := range world(50, 9) {
		var a, b buffers
		inWorld, answer := answerer{expert: m.simulated}.answer(&a, e.Features), m.answer(&b, e.Features)
		if !(answer.downtime.width(0.9) > inWorld.downtime.width(0.9)) || answer.downtime.center() != inWorld.downtime.center() {
			t.Fatalf("width %v about %v in its world, %v about %v in the real one",
				inWorld.downtime.width(0.9), inWorld.downtime.center(), answer.downtime.width(0.9), answer.downtime.center())
		}
		near(t, "convergence", answer.converges, inWorld.converges)
	}
}

// hot is x with a dirty curve that nobody has measured.
func hot(x migration.Features) migration.Features {
	x.SetPoints([]migration.Point{{Seconds: 1, MiB: 1e6}})
	return x
}

// What no real migration knew, or what lies outside their range, or is too little
// for the physics, the simulated ones answer.
func TestWhoAnswers(t *testing.T) {
	both := lab()
	if both.measured == nil || both.simulated == nil {
		t.Fatal("the model lab has not both experts")
	}
	var inside migration.Features
	for _, e := range world(300, 44) {
		if onLab(&e) && both.near(e.Features) {
			inside = e.Features
			break
		}
	}
	with := func(f migration.Feature, v float64) migration.Features { x := inside; x.Set(f, v); return x }
	without := func(s migration.Set) migration.Features { return inside.Only(migration.Everything &^ s) }
	blind := *both
	blind.schema = slices.Clone(both.schema)
	blind.schema[migration.TimeoutS].MeasuredRows = 0
	blind.schema[migration.WorkingSetMiB].MeasuredRows = 0
	alone := *both
	alone.simulated = nil
	for _, c := range []struct {
		name string
		m    *Model
		x    migration.Features
		want prediction.Support
	}{
		{"inside", both, inside, prediction.Measured},
		{"outside the measured range", both, with(migration.NetworkBandwidth, 25_000), prediction.Simulated},
		{"a curve outside the measured range", both, hot(inside), prediction.Simulated},
		{"too little for the physics", both, without(migration.Of(migration.DirtyRate, migration.DirtyCurve)), prediction.Simulated},
		{"nothing known", both, migration.Features{}, prediction.Simulated},
		{"what no real migration knew", &blind, with(migration.TimeoutS, 60), prediction.Simulated},
		{"a working set, which the physics can use", &blind, inside.With(migration.WorkingSetMiB, vm()).Only(migration.Everything &^ migration.Of(migration.TimeoutS)), prediction.Measured},
		{"without what none knew", &blind, without(migration.Of(migration.TimeoutS)), prediction.Measured},
		{"little known, and no other to ask", &alone, without(migration.Of(migration.DirtyRate, migration.DirtyCurve)), prediction.Measured},
		{"outside, and no other to ask", &alone, with(migration.NetworkBandwidth, 25_000), prediction.Simulated},
	} {
		from := c.m.answerer(c.x)
		want := c.m.measured
		if c.want == prediction.Simulated && c.m.simulated != nil {
			want = c.m.simulated
		}
		if from.support != c.want || from.expert != want {
			t.Errorf("%s: %s, the measured expert %t", c.name, from.support, from.expert == c.m.measured)
		}
	}
}

// Each world is learned by itself: what the other is like does not matter.
func TestExpertsLearnOfTheirOwnWorld(t *testing.T) {
	examples := world(160, 5)
	for i := range examples {
		if i%2 == 0 {
			examples[i].Source = migration.SourceLab
		}
	}
	m := train(t, examples, small)
	for i := range examples {
		if i%2 == 1 {
			examples[i].Outcome.DowntimeMS *= 7
			examples[i].Untimed.DowntimeMS *= 7
		}
	}
	again := train(t, examples, small)
	var a, b buffers
	x := vm()
	near(t, "the measured expert's answer", again.measured.logDowntime(&b, x), m.measured.logDowntime(&a, x))
	if of, was := again.simulated.logDowntime(&b, x), m.simulated.logDowntime(&a, x); math.Abs(of-was-math.Log(7)) > 0.2 {
		t.Errorf("the simulated expert goes from %.2f to %.2f", was, of)
	}
}

// Too few real rows for an expert are learned beside the simulated ones.
func TestFewRealRowsHaveNoExpert(t *testing.T) {
	examples := world(100, 5)
	for i := range fewestExamples - 1 {
		examples[i].Source = migration.SourceLab
	}
	m := train(t, examples, small)
	if m.measured != nil || m.simulated == nil || m.provenance.Rows.Measured != fewestExamples-1 {
		t.Errorf("measured expert %t, simulated %t, rows %+v", m.measured != nil, m.simulated != nil, m.provenance.Rows)
	}
	if got := m.Predict(examples[0].Features, Ask{}); got.Support != prediction.Simulated {
		t.Errorf("support %s", got.Support)
	}
}
