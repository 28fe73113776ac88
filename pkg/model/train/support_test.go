package train

import (
	"math"
	"slices"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

// newLab draws real migrations that the model lab has not seen, or simulated ones.
func newLab(measured bool) []migration.Features {
	var xs []migration.Features
	for _, e := range draw(300, 44) {
		if modeltest.OnSlowLink(e.Features) == measured && e.Outcome.SwitchedOver() {
			xs = append(xs, e.Features)
		}
	}
	return xs
}

func shareOfSupport(m fixture, xs []migration.Features, s prediction.Support) float64 {
	n := 0.0
	for _, x := range xs {
		if m.Predict(x, model.Options{}).Support == s {
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
	examples := draw(60, 6)
	for i := range examples {
		examples[i].Source = migration.SourceLibvirt
	}
	m := mustTrain(t, examples, small)
	inside := examples[0].Features
	if got := m.Predict(inside, model.Options{}); got.Support != prediction.Measured || modeltest.Contains(got.Warnings, "simulated") {
		t.Errorf("inside: support %s, warnings %q", got.Support, got.Warnings)
	}
	far := inside
	far.Set(migration.MemoryMiB, 16<<20)
	if got := m.Predict(far, model.Options{}); got.Support != prediction.Simulated || modeltest.Contains(got.Warnings, "simulated") || !modeltest.Contains(got.Warnings, "extrapolated") {
		t.Errorf("far outside: support %s, warnings %q", got.Support, got.Warnings)
	}
}

func TestSupportWithoutRealRows(t *testing.T) {
	p := tiny().Predict(modeltest.VM(), model.Options{})
	if p.Support != prediction.Simulated || !modeltest.Contains(p.Warnings, "no measured migration lies near") {
		t.Errorf("support %s, warnings %q", p.Support, p.Warnings)
	}
}

func TestSimulatedAnswersAreWiderThanInTheirDomain(t *testing.T) {
	m := tiny()
	for _, e := range draw(50, 9) {
		var a, b estimate.Buffers
		inDomain := estimate.Estimator{Expert: m.experts.Simulated}.Answer(&a, e.Features)
		answer := m.experts.Estimator(e.Features).Answer(&b, e.Features)
		if !(answer.Downtime.Width(0.9) > inDomain.Downtime.Width(0.9)) || answer.Downtime.Center() != inDomain.Downtime.Center() {
			t.Fatalf("width %v about %v in its world, %v about %v in the real one",
				inDomain.Downtime.Width(0.9), inDomain.Downtime.Center(), answer.Downtime.Width(0.9), answer.Downtime.Center())
		}
		modeltest.Near(t, "convergence", answer.Converges, inDomain.Converges)
	}
}

// dirtier returns x with a dirty curve that nobody has measured.
func dirtier(x migration.Features) migration.Features {
	x.SetPoints([]migration.Point{{Seconds: 1, MiB: 1e6}})
	return x
}

// What no real migration knew, or what lies outside their range, or is too little
// for the physics, the simulated ones answer.
func TestWhoAnswers(t *testing.T) {
	both := lab().experts
	if both.Measured == nil || both.Simulated == nil {
		t.Fatal("the model lab has not both experts")
	}
	var inside migration.Features
	for _, e := range draw(300, 44) {
		if modeltest.OnSlowLink(e.Features) && both.Estimator(e.Features).Support == prediction.Measured {
			inside = e.Features
			break
		}
	}
	with := func(f migration.Feature, v float64) migration.Features { x := inside; x.Set(f, v); return x }
	without := func(s migration.Set) migration.Features { return inside.Only(migration.Everything &^ s) }
	blind := *both
	blind.Schema = slices.Clone(both.Schema)
	blind.Schema[migration.TimeoutS].MeasuredRows = 0
	blind.Schema[migration.WorkingSetMiB].MeasuredRows = 0
	alone := *both
	alone.Simulated = nil
	for _, c := range []struct {
		name string
		es   *estimate.Experts
		x    migration.Features
		want prediction.Support
	}{
		{"inside", both, inside, prediction.Measured},
		{"outside the measured range", both, with(migration.NetworkBandwidth, 25_000), prediction.Simulated},
		{"a curve outside the measured range", both, dirtier(inside), prediction.Simulated},
		{"too little for the physics", both, without(migration.Of(migration.DirtyRate, migration.DirtyCurve)), prediction.Simulated},
		{"nothing known", both, migration.Features{}, prediction.Simulated},
		{"what no real migration knew", &blind, with(migration.TimeoutS, 60), prediction.Simulated},
		{"a working set, which the physics can use", &blind, inside.With(migration.WorkingSetMiB, modeltest.VM()).Only(migration.Everything &^ migration.Of(migration.TimeoutS)), prediction.Measured},
		{"without what none knew", &blind, without(migration.Of(migration.TimeoutS)), prediction.Measured},
		{"little known, and no other to ask", &alone, without(migration.Of(migration.DirtyRate, migration.DirtyCurve)), prediction.Measured},
		{"outside, and no other to ask", &alone, with(migration.NetworkBandwidth, 25_000), prediction.Simulated},
	} {
		from := c.es.Estimator(c.x)
		want := c.es.Measured
		if c.want == prediction.Simulated && c.es.Simulated != nil {
			want = c.es.Simulated
		}
		if from.Support != c.want || from.Expert != want {
			t.Errorf("%s: %s, the measured expert %t", c.name, from.Support, from.Expert == c.es.Measured)
		}
	}
}

// Each world is learned by itself: what the other is like does not matter.
func TestExpertsLearnOfTheirOwnDomain(t *testing.T) {
	examples := draw(160, 5)
	for i := range examples {
		if i%2 == 0 {
			examples[i].Source = migration.SourceLab
		}
	}
	m := mustTrain(t, examples, small)
	for i := range examples {
		if i%2 == 1 {
			examples[i].Outcome.DowntimeMS *= 7
			examples[i].Untimed.DowntimeMS *= 7
		}
	}
	again := mustTrain(t, examples, small)
	var a, b estimate.Buffers
	x := modeltest.VM()
	modeltest.Near(t, "the measured expert's answer", again.experts.Measured.LogDowntime(&b, x), m.experts.Measured.LogDowntime(&a, x))
	if of, was := again.experts.Simulated.LogDowntime(&b, x), m.experts.Simulated.LogDowntime(&a, x); math.Abs(of-was-math.Log(7)) > 0.2 {
		t.Errorf("the simulated expert goes from %.2f to %.2f", was, of)
	}
}

// Too few real rows for an expert are learned beside the simulated ones.
func TestFewRealRowsHaveNoExpert(t *testing.T) {
	examples := draw(100, 5)
	for i := range fewestExamples - 1 {
		examples[i].Source = migration.SourceLab
	}
	m := mustTrain(t, examples, small)
	if m.experts.Measured != nil || m.experts.Simulated == nil || m.Provenance().Rows.Measured != fewestExamples-1 {
		t.Errorf("measured expert %t, simulated %t, rows %+v", m.experts.Measured != nil, m.experts.Simulated != nil, m.Provenance().Rows)
	}
	if got := m.Predict(examples[0].Features, model.Options{}); got.Support != prediction.Simulated {
		t.Errorf("support %s", got.Support)
	}
}
