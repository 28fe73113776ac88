package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

func TestStretchLeavesTheFixedPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, dirty := rapid.Float64Range(-2, 20).Draw(t, "log"), rapid.Float64Range(-2, 2).Draw(t, "dirty")
		got, ms := math.Exp(stretch(log, dirty)), math.Exp(log)
		want := ms
		if ms > fixedMS {
			want = fixedMS + (ms-fixedMS)*math.Exp(dirty)
		}
		if math.Abs(got-want) > 1e-9*want {
			t.Fatalf("%v ms become %v, want %v", ms, got, want)
		}
		if back := stretch(stretch(log, dirty), -dirty); math.Abs(back-log) > 1e-6 {
			t.Fatalf("there and back: %v from %v", back, log)
		}
		if further := stretch(log+0.1, dirty); further <= stretch(log, dirty) {
			t.Fatalf("a longer pause becomes a shorter one: %v", further)
		}
	})
	if got := stretch(farLog, 0.3); got != farLog+0.3 {
		t.Errorf("a pause beyond all times becomes %v", got)
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
		return train(t, examples, Options{Trees: 2, Mode: Column}).transfer.Sigma
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

// Many migrations of a few VMs tell how alike those are, not how far off the physics is.
func TestSigmaIsNotMeasuredOnFewVMs(t *testing.T) {
	examples := inGroups(world(80, 12), fewestExamples-1)
	for i := range examples {
		examples[i].Source = migration.SourceLab
	}
	if got := train(t, examples, Options{Trees: 2, Mode: Column}).transfer.Sigma; got != transferSigma {
		t.Errorf("sigma %v of %d VMs, want %v", got, fewestExamples-1, transferSigma)
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

// slower is a world in which real migrations send memory for half as long again as
// simulated ones.
func slower(n int) []Example {
	examples := world(n, 21)
	for i := range examples {
		if e := &examples[i]; i%2 == 0 {
			e.Source = migration.SourceLab
			e.Outcome.DowntimeMS = math.Exp(stretch(logMS(e.Outcome.DowntimeMS), math.Log(1.5)))
		}
	}
	return examples
}

// Answers far from all real migrations are longer by what the memory's part of the
// real ones was longer; where real ones are near, nothing is added to them.
func TestTransferIsLearnedOfTheMemorysPart(t *testing.T) {
	m := train(t, slower(600), Options{Trees: 40, Seed: 1})
	if got := m.transfer.Dirty; math.Abs(got-math.Log(1.5)) > 0.15 {
		t.Fatalf("stretched by %v, want about %v", got, math.Log(1.5))
	}
	far := vm()
	far.Set(migration.NetworkBandwidth, 90_000)
	var b buffers
	inWorld := m.simulated.logDowntime(&b, far)
	p := m.Predict(far, Ask{Explain: true})
	if p.Support != prediction.Simulated {
		t.Fatalf("support %s", p.Support)
	}
	near(t, "the answer", p.PredictedDowntime, math.Exp(stretch(inWorld, m.transfer.Dirty)))
	near(t, "the explained answer", p.Explanation.Prediction, p.PredictedDowntime)
	for _, e := range slower(60) {
		if p := m.Predict(e.Features, Ask{}); p.Support == prediction.Measured {
			near(t, "a measured answer", p.PredictedDowntime, math.Exp(m.measured.logDowntime(&b, e.Features)))
		}
	}
}

// Where there are no simulated rows, or no real ones, there is nothing to carry over.
func TestTransferWithoutTwoWorlds(t *testing.T) {
	examples := world(60, 21)
	if got := train(t, examples, small).transfer.Dirty; got != 0 {
		t.Errorf("simulated rows alone stretch by %v", got)
	}
	for i := range examples {
		examples[i].Source = migration.SourceLab
	}
	m, r := develop(t, examples, Development{Options: small, TestSplit: 0.3})
	if m.transfer.Dirty != 0 || r.Transfer != nil {
		t.Errorf("real rows alone stretch by %v, report %+v", m.transfer.Dirty, r.Transfer)
	}
}

// What the report says of simulated answers to real migrations is what those would
// have been told if none had been near.
func TestTransferIsReported(t *testing.T) {
	m, r := develop(t, slower(400), Development{Options: small, TestSplit: 0.3})
	if r.Transfer == nil || r.Transfer.Rows == 0 || r.Transfer.Rows > r.Test.Rows {
		t.Fatalf("report %+v", r.Transfer)
	}
	if c := float64(r.Transfer.Coverage90); c < 0.8 {
		t.Errorf("the widened interval holds %v", c)
	}
	if m.transferred(nil) != nil {
		t.Error("scores of no rows")
	}
}
