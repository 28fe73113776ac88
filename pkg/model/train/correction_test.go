package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

// Real rows measure how far the physics is off; of fewer than are needed, it stays
// what was measured elsewhere.
func TestSigmaIsMeasuredOnRealRows(t *testing.T) {
	const far = 1.7
	sigma := func(left int) float64 {
		examples := draw(80, 12)
		r := rand.New(rand.NewPCG(1, 1))
		for i := range examples {
			if p := estimate.Analyse(examples[i].Features); examples[i].Outcome.SwitchedOver() && left > 0 {
				examples[i].Source = migration.SourceLab
				examples[i].Outcome.DowntimeMS = estimate.InMS(p.Downtime + far*r.NormFloat64())
				left--
			}
		}
		return mustTrain(t, examples, Options{Trees: 2, Mode: model.Column}).experts.Adaptation.Sigma
	}
	for _, n := range []int{0, fewestExamples - 1} {
		if got := sigma(n); got != unknownSigma {
			t.Errorf("sigma %v of %d real rows, want %v", got, n, unknownSigma)
		}
	}
	if got := sigma(45); math.Abs(got-far) > 0.5 {
		t.Errorf("sigma %v of 45 real rows, want about %v", got, far)
	}
}

// Many migrations of a few VMs tell how alike those are, not how far off the physics is.
func TestSigmaIsNotMeasuredOnFewVMs(t *testing.T) {
	examples := inGroups(draw(80, 12), fewestExamples-1)
	for i := range examples {
		examples[i].Source = migration.SourceLab
	}
	if got := mustTrain(t, examples, Options{Trees: 2, Mode: model.Column}).experts.Adaptation.Sigma; got != unknownSigma {
		t.Errorf("sigma %v of %d VMs, want %v", got, fewestExamples-1, unknownSigma)
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
	examples := draw(n, 21)
	for i := range examples {
		if e := &examples[i]; i%2 == 0 {
			e.Source = migration.SourceLab
			e.Outcome.DowntimeMS = math.Exp(estimate.ScaleMemory(estimate.LogMS(e.Outcome.DowntimeMS), math.Log(1.5)))
		}
	}
	return examples
}

// Answers far from all real migrations are longer by what the memory's part of the
// real ones was longer; where real ones are near, nothing is added to them.
func TestAdaptationIsLearnedOfTheMemorysPart(t *testing.T) {
	m := mustTrain(t, slower(600), Options{Trees: 40, Seed: 1})
	if got := m.experts.Adaptation.Dirty; math.Abs(got-math.Log(1.5)) > 0.15 {
		t.Fatalf("stretched by %v, want about %v", got, math.Log(1.5))
	}
	far := modeltest.VM()
	far.Set(migration.NetworkBandwidth, 90_000)
	var b estimate.Buffers
	unadapted := m.experts.Simulated.LogDowntime(&b, far)
	p := m.Predict(far, model.Options{Explain: true})
	if p.Support != prediction.Simulated {
		t.Fatalf("support %s", p.Support)
	}
	modeltest.Near(t, "the answer", p.PredictedDowntime, math.Exp(estimate.ScaleMemory(unadapted, m.experts.Adaptation.Dirty)))
	modeltest.Near(t, "the explained answer", p.Explanation.Prediction, p.PredictedDowntime)
	for _, e := range slower(60) {
		if p := m.Predict(e.Features, model.Options{}); p.Support == prediction.Measured {
			modeltest.Near(t, "a measured answer", p.PredictedDowntime, math.Exp(m.experts.Measured.LogDowntime(&b, e.Features)))
		}
	}
}

// Where there are no simulated rows, or no real ones, there is nothing to adapt.
func TestAdaptationWithoutTwoDomains(t *testing.T) {
	examples := draw(60, 21)
	if got := mustTrain(t, examples, small).experts.Adaptation.Dirty; got != 0 {
		t.Errorf("simulated rows alone scale by %v", got)
	}
	for i := range examples {
		examples[i].Source = migration.SourceLab
	}
	_, r := develop(t, examples, Development{Options: small, TestSplit: 0.3})
	if got := mustTrain(t, examples, small).experts.Adaptation.Dirty; got != 0 || r.Transfer != nil {
		t.Errorf("real rows alone scale by %v, report %+v", got, r.Transfer)
	}
}

// What the report says of simulated answers to real migrations is what those would
// have been told if none had been near.
func TestAdaptationIsReported(t *testing.T) {
	_, r := develop(t, slower(400), Development{Options: small, TestSplit: 0.3})
	if r.Transfer == nil || r.Transfer.Rows == 0 || r.Transfer.Rows > r.Test.Rows {
		t.Fatalf("report %+v", r.Transfer)
	}
	if c := float64(r.Transfer.Coverage90); c < 0.8 {
		t.Errorf("the widened interval holds %v", c)
	}
	if adapted(lab().experts, nil) != nil {
		t.Error("scores of no rows")
	}
}
