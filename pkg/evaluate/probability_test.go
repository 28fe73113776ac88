package evaluate

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// events are probabilities, with ties, and what happened.
func events(t *rapid.T, least int) ([]float64, []bool) {
	happened := rapid.SliceOfN(rapid.Bool(), least, 60).Draw(t, "happened")
	probability := make([]float64, len(happened))
	for i := range probability {
		probability[i] = float64(rapid.IntRange(0, 10).Draw(t, "tenths")) / 10
	}
	return probability, happened
}

func TestAUCAgainstAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		probability, happened := events(t, 0)
		var pairs, above float64
		for i := range happened {
			for j := range happened {
				if happened[i] && !happened[j] {
					pairs++
					above += one(probability[i] > probability[j]) + one(probability[i] == probability[j])/2
				}
			}
		}
		got := AUC(probability, happened)
		if pairs == 0 && !math.IsNaN(got) || pairs > 0 && math.Abs(got-above/pairs) > 1e-12 {
			t.Fatalf("AUC = %v, want %v/%v", got, above, pairs)
		}
	})
}

func TestAUCByHand(t *testing.T) {
	tests := []struct {
		name        string
		probability []float64
		happened    []bool
		want        float64
	}{
		{"perfect", []float64{0.1, 0.9, 0.8, 0.2}, []bool{false, true, true, false}, 1},
		{"reversed", []float64{0.9, 0.1}, []bool{false, true}, 0},
		{"all tied", []float64{0.5, 0.5, 0.5}, []bool{false, true, true}, 0.5},
		{"one pair of four wrong", []float64{0.1, 0.4, 0.35, 0.8}, []bool{false, false, true, true}, 0.75},
		{"one class", []float64{0.1, 0.2}, []bool{true, true}, math.NaN()},
		{"nothing", nil, nil, math.NaN()},
		{"unknown", []float64{math.NaN(), 0.2}, []bool{true, false}, math.NaN()},
	}
	for _, test := range tests {
		same(t, test.name, AUC(test.probability, test.happened), test.want)
	}
}

func TestCalibrationErrorByHand(t *testing.T) {
	tests := []struct {
		name        string
		probability []float64
		happened    []bool
		bins        int
		want        float64
	}{
		{"certain and right", []float64{0, 1, 1}, []bool{false, true, true}, 10, 0},
		{"certain and wrong", []float64{0, 1}, []bool{true, false}, 10, 1},
		{"honest half", []float64{0.5, 0.5}, []bool{true, false}, 10, 0},
		{"two bins", []float64{0.2, 0.4, 0.7, 0.9}, []bool{true, false, true, true}, 2, 0.5*0.2 + 0.5*0.2},
		{"one bin hides it", []float64{0.2, 0.4, 0.7, 0.9}, []bool{true, false, true, true}, 1, 0.2},
		{"outside is at the edge", []float64{-0.5, 1.5}, []bool{false, true}, 4, 0.5},
		{"nothing", nil, nil, 10, math.NaN()},
		{"unknown", []float64{math.NaN()}, []bool{true}, 10, math.NaN()},
	}
	for _, test := range tests {
		same(t, test.name, CalibrationError(test.probability, test.happened, test.bins), test.want)
	}
}

func TestCalibrationErrorIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		probability, happened := events(t, 1)
		bins := rapid.IntRange(1, 30).Draw(t, "bins")
		got, coarse := CalibrationError(probability, happened, bins), CalibrationError(probability, happened, 1)
		if !(got >= 0 && got <= 1) || got < coarse-1e-12 {
			t.Fatalf("%v with %d bins, %v with one", got, bins, coarse)
		}
	})
}

func TestBrierByHand(t *testing.T) {
	same(t, "coin", Brier([]float64{0.5, 0.5}, []bool{true, false}), 0.25)
	same(t, "two", Brier([]float64{0.9, 0.4}, []bool{true, false}), (0.01+0.16)/2)
	same(t, "nothing", Brier(nil, nil), math.NaN())
}

func TestCalibrationErrorNeedsABin(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	CalibrationError(nil, nil, 0)
}

func same(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-12 {
		t.Errorf("%s: %v, want %v", name, got, want)
	}
}
