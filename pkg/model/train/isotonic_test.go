package train

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"vmmp/pkg/model/internal/estimate"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// verdicts draws n forecasts of an event that happens with probability truth(p).
func verdicts(n int, seed uint64, truth func(p float64) float64) []verdict {
	r := rand.New(rand.NewPCG(seed, 0))
	vs := make([]verdict, n)
	for i := range vs {
		p := r.Float64()
		vs[i] = verdict{p, r.Float64() < truth(p)}
	}
	return vs
}

func TestReliabilityRisesWithinZeroAndOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vs := make([]verdict, rapid.IntRange(1, 400).Draw(t, "n"))
		grid := float64(rapid.SampledFrom([]int{1, 3, 1000}).Draw(t, "grid"))
		for i := range vs {
			vs[i] = verdict{math.Round(grid*rapid.Float64Range(0, 1).Draw(t, "p")) / grid, rapid.Bool().Draw(t, "happened")}
		}
		r := newReliability(vs)
		if !r.Valid() {
			t.Fatalf("not valid: %+v", r)
		}
		before := 0.0
		for p := 0.0; p <= 1; p += 1.0 / 64 {
			got := r.Of(p)
			if got < before || got <= 0 || got >= 1 {
				t.Fatalf("of(%v) = %v after %v", p, got, before)
			}
			before = got
		}
	})
}

func TestReliabilityRecoversAMiscalibration(t *testing.T) {
	for name, truth := range map[string]func(float64) float64{
		"overconfident":  func(p float64) float64 { return 0.3 + 0.4*p },
		"underconfident": func(p float64) float64 { return p * p * (3 - 2*p) },
		"right":          func(p float64) float64 { return p },
	} {
		r := newReliability(verdicts(40000, 5, truth))
		for p := 0.05; p < 1; p += 0.05 {
			if got := r.Of(p); math.Abs(got-truth(p)) > 0.04 {
				t.Errorf("%s: of(%.2f) = %.3f, want %.3f", name, p, got, truth(p))
			}
		}
	}
}

func TestReliabilityOfWhatAlwaysHappens(t *testing.T) {
	for n := range 3 {
		always := newReliability(verdicts(100*n+1, 1, func(float64) float64 { return 1 }))
		never := newReliability(verdicts(100*n+1, 1, func(float64) float64 { return 0 }))
		if got := always.Of(0.5); got <= 0.7 || got >= 1 {
			t.Errorf("of %d that always happened: %v", 100*n+1, got)
		}
		if got := never.Of(0.5); got >= 0.3 || got <= 0 {
			t.Errorf("of %d that never happened: %v", 100*n+1, got)
		}
	}
}

// Even of as many rows as are ever calibrated on, none is certain.
func TestNothingIsCertain(t *testing.T) {
	r := newReliability(verdicts(mostCalibrated, 1, func(float64) float64 { return 1 }))
	if got := r.Of(1); got >= 1 {
		t.Errorf("of(1) = %v", got)
	}
}

func TestEqualProbabilitiesAreOnePool(t *testing.T) {
	vs := make([]verdict, 200)
	for i := range vs {
		vs[i] = verdict{0.5, i >= 150} // if they were parted, the parts would rise
	}
	r := newReliability(vs)
	if len(r.Probability) != 1 {
		t.Fatalf("%d knots of one probability", len(r.Probability))
	}
	for _, p := range []float64{0, 0.5, 1} {
		if got := r.Of(p); math.Abs(got-0.25) > 0.01 {
			t.Errorf("of(%v) = %v, want about 0.25", p, got)
		}
	}
}

func TestNoReliabilityChangesNothing(t *testing.T) {
	for _, r := range []estimate.Reliability{{}, newReliability(nil)} {
		if got := r.Of(0.37); got != 0.37 {
			t.Errorf("of(0.37) = %v", got)
		}
	}
}

func TestReliabilityInJSON(t *testing.T) {
	r := newReliability(verdicts(1000, 2, math.Sqrt))
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back estimate.Reliability
	if err := json.Unmarshal(text, &back); err != nil || !back.Valid() || !cmp.Equal(back, r) {
		t.Errorf("read back %+v of %s: %v", back, text, err)
	}
}
