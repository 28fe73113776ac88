package forest

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestUnits(t *testing.T) {
	for _, test := range []struct {
		name    string
		weights []float64
		groups  []int
		want    []int32
		units   int
	}{
		{"rows", nil, nil, []int32{0, 1, 2, 3}, 4},
		{"groups in order of appearance", nil, []int{7, -1, 7, 0}, []int32{0, 1, 0, 2}, 3},
		{"one group", nil, []int{5, 5, 5, 5}, []int32{0, 0, 0, 0}, 1},
		{"rows of weight 0", []float64{0, 1, 0, 1}, nil, []int32{2, 0, 2, 1}, 2},
		{"a group of weight 0", []float64{1, 0, 1, 0}, []int{1, 2, 3, 2}, []int32{0, 2, 1, 2}, 2},
		{"a group partly of weight 0", []float64{0, 1, 1, 0}, []int{3, 3, 4, 4}, []int32{0, 0, 1, 1}, 2},
	} {
		d := Data{X: mat.NewDense(4, 1, nil), Y: make([]float64, 4), Weights: test.weights, Groups: test.groups}
		s, err := newDataset(d)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.unit, test.want) || s.units != test.units {
			t.Errorf("%s: units %v of %d, want %v of %d", test.name, s.unit, s.units, test.want, test.units)
		}
	}
}

func TestWeightsAreScaled(t *testing.T) {
	for _, test := range []struct {
		weights, want []float64
		weighted      bool
	}{
		{nil, []float64{1, 1}, false},
		{[]float64{3, 3}, []float64{0.75, 0.75}, false},
		{[]float64{1e308, 0}, []float64{math.Ldexp(1e308, -1024), 0}, true},
		{[]float64{4, 1}, []float64{0.5, 0.125}, true},
		{[]float64{1, 1e-200}, []float64{0.5, 0}, true},
	} {
		s, err := newDataset(Data{X: column(1, 2), Y: []float64{1, 2}, Weights: test.weights})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.weight, test.want) || s.weighted != test.weighted {
			t.Errorf("weights %v become %v (weighted: %t), want %v", test.weights, s.weight, s.weighted, test.want)
		}
	}
}
