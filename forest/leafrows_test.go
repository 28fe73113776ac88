package forest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestLeafRowsWeights(t *testing.T) {
	// There is one leaf: weights are those of the rows, the bag is that of the seed.
	d := Data{X: mat.NewDense(3, 1, nil), Y: []float64{5, 6, 7}, Weights: []float64{1, 2, 5}}
	f := mustFit(t, d, Config{Trees: 1, NoBootstrap: true})
	got := f.LeafRows(make([]RowWeight, 9), []float64{0})
	if want := []RowWeight{{0, 5, 0.125}, {1, 6, 0.25}, {2, 7, 0.625}}; !slices.Equal(got, want) {
		t.Errorf("leaf rows %v, want %v", got, want)
	}
	f = mustFit(t, d, Config{Trees: 50})
	sums := make([]float64, 3)
	for i := range 50 {
		total := 0.0
		bag := plainBag(d, Config{}, i)
		for row, count := range bag {
			total += d.Weights[row] * float64(count)
		}
		for row, count := range bag {
			sums[row] += d.Weights[row] * float64(count) / total / 50
		}
	}
	for _, e := range f.LeafRows(nil, []float64{0}) {
		sums[e.Row] -= e.Weight
	}
	if !closeTo(sums, make([]float64, 3), 1e-12) {
		t.Errorf("weights are off by %v", sums)
	}
}

func TestLeafRowsSumToOne(t *testing.T) {
	d := withMissing(friedman1(1, 300, 5), 0.2)
	d.Weights = make([]float64, 300)
	for i := range d.Weights {
		d.Weights[i] = float64(i%5) / 3
	}
	f := mustFit(t, d, Config{Trees: 20, MinLeaf: 4, LeafSamples: 6})
	var entries []RowWeight
	for i := range d.Y {
		entries = f.LeafRows(entries, mat.Row(nil, i, d.X))
		sum, mean := 0.0, 0.0
		for _, e := range entries {
			sum += e.Weight
			mean += e.Weight * e.Target
			if d.Weights[e.Row] == 0 || e.Target != d.Y[e.Row] {
				t.Fatalf("row %d of weight %v has target %v", e.Row, d.Weights[e.Row], e.Target)
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("weights sum to %v", sum)
		}
	}
}

// TestLeafRowsMean checks that one walk gives the same results as two, to the last bit.
func TestLeafRowsMean(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x, y := mat.NewDense(200, 3, nil), make([]float64, 200)
	for i := range y {
		for j := range 3 {
			x.Set(i, j, r.NormFloat64())
		}
		y[i] = x.At(i, 0) + 0.1*r.NormFloat64()
	}
	f := mustFit(t, Data{X: x, Y: y}, Config{Trees: 20})
	for _, row := range [][]float64{{0, 0, 0}, {-3, 1, 2}, {math.NaN(), 0.5, math.NaN()}, {1e9, -1e9, 0}} {
		entries, mean := f.LeafRowsMean(make([]RowWeight, 5), row)
		if !slices.Equal(entries, f.LeafRows(nil, row)) || mean != f.PredictRow(row) {
			t.Errorf("%v: mean %v, want %v; entries %v", row, mean, f.PredictRow(row), entries)
		}
	}
	wide := []float64{1, 2, 3, 4}
	defer func() {
		if recover() == nil {
			t.Error("a row of another length is accepted")
		}
	}()
	f.LeafRowsMean(nil, wide)
}

func TestNoLeafSamples(t *testing.T) {
	d := friedman1(1, 50, 5)
	f := mustFit(t, d, Config{Trees: 3, LeafSamples: -1})
	if got := f.LeafRows(nil, make([]float64, 5)); len(got) != 0 {
		t.Errorf("leaf rows %v, want none", got)
	}
	mustPanic(t, panicNoLeafRows, func() { f.Quantiles(nil, d.X, 0.5) })
}
