package forest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func TestImportanceFindsWhatMatters(t *testing.T) {
	d, test := friedman1(1, 600, 10), friedman1(2, 400, 10)
	f := mustFit(t, d, Config{Trees: 30, MinLeaf: 3})
	permutation, err := PermutationImportance(context.Background(), f, test, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, importance := range map[string][]float64{"impurity": f.Importance(), "permutation": permutation} {
		if least, most := floats.Min(importance[:5]), floats.Max(importance[5:]); least < 2*most {
			t.Errorf("%s: %.3v; columns 0 to 4 matter, the others do not", name, importance)
		}
		if floats.MaxIdx(importance) != 3 {
			t.Errorf("%s: %.3v; column 3 matters most", name, importance)
		}
	}
}

func TestImportanceIsTheGain(t *testing.T) {
	// The first column explains 16 of the sum of squares of 20, the second the other 4.
	d := Data{X: mat.NewDense(4, 2, []float64{0, 0, 0, 1, 1, 0, 1, 1}), Y: []float64{0, 2, 4, 6}}
	f := mustFit(t, d, Config{Trees: 3, NoBootstrap: true})
	if got := f.Importance(); !floats.EqualApprox(got, []float64{0.8, 0.2}, 1e-12) {
		t.Errorf("importance %v, want 0.8, 0.2", got)
	}
	f.Importance()[0] = 9
	if f.Importance()[0] == 9 {
		t.Error("the caller can change the forest's importance")
	}
}

func TestPermutationImportanceIsTheIncrease(t *testing.T) {
	// y is the first column, which the forest knows exactly: shuffled, the error is twice the variance on average. The
	// second column is not used.
	const rows = 2000
	random := rand.New(rand.NewPCG(1, 0))
	d := Data{X: mat.NewDense(rows, 2, nil), Y: make([]float64, rows)}
	for i := range d.Y {
		d.Y[i] = float64(random.IntN(8))
		d.X.(*mat.Dense).SetRow(i, []float64{d.Y[i], random.Float64()})
	}
	f := mustFit(t, d, Config{Trees: 5})
	got, err := PermutationImportance(context.Background(), f, d, 3, 7)
	if err != nil {
		t.Fatal(err)
	}
	if want := 2 * stat.PopVariance(d.Y, nil); math.Abs(got[0]/want-1) > 0.05 {
		t.Errorf("importance %v of the column that is the target, want about %v", got[0], want)
	}
	if got[1] != 0 {
		t.Errorf("importance %v of an unused column, want 0", got[1])
	}
	again, _ := PermutationImportance(context.Background(), f, d, 3, 7)
	other, _ := PermutationImportance(context.Background(), f, d, 3, 8)
	if !slices.Equal(got, again) || slices.Equal(got, other) {
		t.Errorf("importance %v, the same seed %v, another %v", got, again, other)
	}
}

func TestPermutationImportanceWeighsRows(t *testing.T) {
	// Rows of weight 0 would dominate the error if they counted.
	d := friedman1(1, 300, 5)
	f := mustFit(t, d, Config{Trees: 5, MinLeaf: 5})
	d.Weights = make([]float64, 300)
	for i := range 150 {
		d.Weights[i] = 2
		d.Y[150+i] = 1e6
	}
	got, err := PermutationImportance(context.Background(), f, d, 1, 1)
	if err != nil || floats.Max(got) > 100 {
		t.Errorf("importance %v, error %v", got, err)
	}
}

func TestPermutationImportanceRefuses(t *testing.T) {
	d := friedman1(1, 300, 5)
	f := mustFit(t, d, Config{Trees: 2})
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		ctx     context.Context
		data    Data
		repeats int
		want    error
	}{
		"cancelled":  {cancelled, d, 1, context.Canceled},
		"no repeats": {context.Background(), d, 0, ErrConfig},
		"columns":    {context.Background(), friedman1(1, 300, 6), 1, ErrShape},
		"targets":    {context.Background(), Data{X: d.X}, 1, ErrLength},
	} {
		got, err := PermutationImportance(test.ctx, f, test.data, test.repeats, 1)
		if got != nil || !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", name, err, test.want)
		}
	}
}
