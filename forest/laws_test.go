package forest

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

// TestLaws checks what holds for every forest on any data.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawData(t), drawConfig(t)
		f, err := Fit(t.Context(), d, c)
		if err != nil {
			t.Fatal(err)
		}
		c.Workers = 3
		again, err := Fit(t.Context(), d, c)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := f.AppendBinary(nil)
		b, _ := again.AppendBinary(nil)
		if !bytes.Equal(a, b) {
			t.Fatal("the number of workers matters")
		}
		low, high := slices.Min(d.Y), slices.Max(d.Y)
		for i, p := range f.Predict(nil, d.X) {
			if !(p >= low && p <= high) {
				t.Fatalf("row %d: prediction %v outside the targets' [%v, %v]", i, p, low, high)
			}
			if row := f.PredictRow(mat.Row(nil, i, d.X)); row != p {
				t.Fatalf("row %d: Predict %v, PredictRow %v", i, p, row)
			}
		}
		if sum := sumOf(f.Importance()); sum != 0 && math.Abs(sum-1) > 1e-12 {
			t.Fatalf("importance sums to %v", sum)
		}
	})
}

func sumOf(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

func TestSingleRow(t *testing.T) {
	f := mustFit(t, Data{X: mat.NewDense(1, 2, []float64{1, nan}), Y: []float64{7.5}}, Config{})
	for _, row := range [][]float64{{1, nan}, {nan, nan}, {-1e300, 5}, {math.Inf(1), math.Inf(-1)}} {
		if got := f.PredictRow(row); got != 7.5 {
			t.Errorf("at %v: %v, want the only target", row, got)
		}
	}
	if got := f.Importance(); !slices.Equal(got, []float64{0, 0}) {
		t.Errorf("importance %v without a split, want zeros", got)
	}
}

func TestDistinctRowsAreLearnedByHeart(t *testing.T) {
	d := withMissing(friedman1(1, 200, 8), 0.2)
	for i := range d.Y {
		d.Y[i] = math.Round(d.Y[i])
	}
	for _, features := range []int{0, 2} {
		f := mustFit(t, d, Config{Trees: 7, NoBootstrap: true, MaxFeatures: features})
		if got := f.Predict(nil, d.X); !slices.Equal(got, d.Y) {
			t.Errorf("MaxFeatures %d: a fully grown forest without bootstrap misses training targets", features)
		}
	}
}

func TestExclusiveOr(t *testing.T) {
	// No single split gains anything, but two do.
	d := Data{X: mat.NewDense(4, 2, []float64{0, 0, 0, 1, 1, 0, 1, 1}), Y: []float64{0, 1, 1, 0}}
	f := mustFit(t, d, Config{Trees: 5, NoBootstrap: true})
	if got := f.Predict(nil, d.X); !slices.Equal(got, d.Y) {
		t.Errorf("predictions %v, want %v", got, d.Y)
	}
}

func TestEqualTargetsMakeALeaf(t *testing.T) {
	d := friedman1(1, 100, 5)
	for i := range d.Y {
		d.Y[i] = 0.1
	}
	f := mustFit(t, d, Config{Trees: 10})
	for i := range f.trees {
		if n := len(walkTree(f, i)); n != 1 {
			t.Errorf("tree %d has %d nodes, want 1", i, n)
		}
	}
}

func TestUselessColumnsAreHarmless(t *testing.T) {
	d, test := friedman1(1, 200, 5), friedman1(2, 100, 5)
	plain := mustFit(t, d, Config{Trees: 10}).Predict(nil, test.X)
	for name, value := range map[string]float64{"constant": 3, "unknown": nan} {
		for _, at := range []int{0, 2, 5} {
			useless := func(int) float64 { return value }
			f := mustFit(t, withColumn(d, at, useless), Config{Trees: 10})
			got := f.Predict(nil, withColumn(test, at, useless).X)
			if !slices.Equal(got, plain) {
				t.Errorf("a column always %s at %d changes predictions", name, at)
			}
		}
	}
}

func TestRowOrderDoesNotMatter(t *testing.T) {
	d, test := withMissing(friedman1(1, 300, 6), 0.2), friedman1(2, 100, 6)
	permuted := selectRows(d, rand.New(rand.NewPCG(3, 0)).Perm(len(d.Y)))
	for _, c := range []Config{
		{Trees: 5, NoBootstrap: true},
		{Trees: 5, NoBootstrap: true, MaxFeatures: 2, MinLeaf: 3},
	} {
		a, b := mustFit(t, d, c), mustFit(t, permuted, c)
		if !closeTo(a.Predict(nil, test.X), b.Predict(nil, test.X), 1e-5) {
			t.Errorf("%+v: the order of rows changes predictions", c)
		}
	}
}

func TestColumnOrderDoesNotMatter(t *testing.T) {
	// With leaves of ten rows there are no equal gains, between which chance would decide.
	d, test := withMissing(friedman1(1, 300, 6), 0.2), friedman1(2, 100, 6)
	order := []int{4, 2, 5, 0, 1, 3}
	rearranged := func(x mat.Matrix) mat.Matrix {
		rows, columns := x.Dims()
		y := mat.NewDense(rows, columns, nil)
		for to, from := range order {
			y.SetCol(to, mat.Col(nil, from, x))
		}
		return y
	}
	c := Config{Trees: 1, NoBootstrap: true, MinLeaf: 10}
	a, b := mustFit(t, d, c), mustFit(t, Data{X: rearranged(d.X), Y: d.Y}, c)
	if !slices.Equal(a.Predict(nil, test.X), b.Predict(nil, rearranged(test.X))) {
		t.Error("the order of columns changes predictions")
	}
	for to, from := range order {
		if x, y := a.Importance()[from], b.Importance()[to]; math.Abs(x-y) > 1e-12 {
			t.Errorf("column %d has importance %v, once moved %v", from, x, y)
		}
	}
}

func TestRisingTransformDoesNotMatter(t *testing.T) {
	// Small integers and their cubes have the same order and the same ties; prediction is at training values,
	// thresholds differ between them.
	d := friedman1(1, 200, 5)
	x := mat.DenseCopyOf(d.X)
	x.Apply(func(_, _ int, v float64) float64 { return math.Round(20*v) - 10 }, x)
	cubes := mat.DenseCopyOf(x)
	cubes.Apply(func(_, _ int, v float64) float64 { return v * v * v }, cubes)
	a := mustFit(t, Data{X: x, Y: d.Y}, Config{Trees: 10, Seed: 1})
	b := mustFit(t, Data{X: cubes, Y: d.Y}, Config{Trees: 10, Seed: 1})
	for i := range a.trees {
		sameRows := func(p, q visitedNode) bool { return slices.Equal(p.rows, q.rows) }
		if !slices.EqualFunc(leavesOf(a, i), leavesOf(b, i), sameRows) {
			t.Fatalf("tree %d has different leaves", i)
		}
	}
}

func TestWeightIsRepetition(t *testing.T) {
	d, test := withMissing(friedman1(1, 200, 5), 0.1), friedman1(2, 100, 5)
	d.Weights = make([]float64, len(d.Y))
	var repeated []int
	for i := range d.Weights {
		d.Weights[i] = float64(i % 3)
		repeated = append(repeated, slices.Repeat([]int{i}, i%3)...)
	}
	twice := selectRows(d, repeated)
	twice.Weights = nil
	c := Config{Trees: 3, NoBootstrap: true}
	a, b := mustFit(t, d, c), mustFit(t, twice, c)
	if !closeTo(a.Predict(nil, test.X), b.Predict(nil, test.X), 1e-5) {
		t.Error("predictions differ")
	}
	q := []float64{0, 0.2, 0.5, 0.9, 1}
	if !mat.Equal(a.Quantiles(nil, test.X, q...), b.Quantiles(nil, test.X, q...)) {
		t.Error("quantiles differ")
	}
}

func TestRowsOfWeightZeroAreAbsent(t *testing.T) {
	d := friedman1(1, 200, 5)
	d.Weights = slices.Repeat([]float64{1}, 200)
	rows := make([]int, 150)
	for i := range rows {
		rows[i] = i
	}
	clear(d.Weights[150:])
	a, b := mustFit(t, d, Config{Trees: 10}), mustFit(t, selectRows(d, rows), Config{Trees: 10})
	if !slices.Equal(a.Predict(nil, d.X), b.Predict(nil, d.X)) {
		t.Error("rows of weight 0 change predictions")
	}
	if o := mustOutOfBag(t, a, d); o.Trees(199) != a.Trees() {
		t.Errorf("a row of weight 0 is out of the bag of %d trees, want all %d", o.Trees(199), a.Trees())
	}
}

func TestScaleOfWeightsDoesNotMatter(t *testing.T) {
	d := friedman1(1, 200, 5)
	d.Weights = make([]float64, 200)
	for i := range d.Weights {
		d.Weights[i] = 1 + float64(i%7)
	}
	want := mustFit(t, d, Config{Trees: 5}).Predict(nil, d.X)
	for _, scale := range []float64{0x1p-1000, 0.5, 0x1p1020} {
		scaled := d
		scaled.Weights = make([]float64, 200)
		for i, w := range d.Weights {
			scaled.Weights[i] = w * scale
		}
		if got := mustFit(t, scaled, Config{Trees: 5}).Predict(nil, d.X); !slices.Equal(got, want) {
			t.Errorf("weights times %g change predictions", scale)
		}
	}
}

func TestExtremeWeights(t *testing.T) {
	// Some weights vanish beside others in every sum, and the products of some with themselves underflow.
	ascending, descending := column(1, 2, 3, 4, 5, 6), column(6, 5, 4, 3, 2, 1)
	for i, tiny := range []float64{1e-16, 1e-150, 1e-170, 5e-324, 1e-17, 1e-160} {
		d := Data{
			X:       []mat.Matrix{ascending, descending}[i%2],
			Y:       []float64{1e30, 2e30, 4e30, 9e30, 0, 1e30},
			Weights: []float64{tiny, tiny, tiny, tiny, 1, 1},
		}
		f := mustFit(t, d, Config{Trees: 3, NoBootstrap: true})
		for i, p := range f.Predict(nil, d.X) {
			if !(p >= 0 && p <= 9.1e30) {
				t.Errorf("weight %g: prediction %v at row %d", tiny, p, i)
			}
		}
		if sum := sumOf(f.Importance()); sum != 1 {
			t.Errorf("weight %g: importance %v", tiny, f.Importance())
		}
	}
}

func TestMoreTreesDoNotHurt(t *testing.T) {
	d := friedman1(1, 400, 8)
	previous := math.Inf(1)
	for _, trees := range []int{10, 40, 160} {
		o := mustOutOfBag(t, mustFit(t, d, Config{Trees: trees, MinLeaf: 2, MaxFeatures: 4}), d)
		var known, truth []float64
		for i, p := range o.Predict(nil) {
			if !math.IsNaN(p) {
				known, truth = append(known, p), append(truth, d.Y[i])
			}
		}
		e := meanSquare(known, truth)
		if e > previous*1.02 {
			t.Errorf("%d trees: out-of-bag error %v, with a quarter of them %v", trees, e, previous)
		}
		previous = e
	}
}

func TestMissingValuesCostLittle(t *testing.T) {
	d, test := friedman1(1, 1000, 10), friedman1(2, 500, 10)
	whole := stat.RSquaredFrom(mustFit(t, d, Config{Trees: 30}).Predict(nil, test.X), test.Y, nil)
	d, test = withMissing(d, 0.1), withMissing(test, 0.1)
	holed := stat.RSquaredFrom(mustFit(t, d, Config{Trees: 30}).Predict(nil, test.X), test.Y, nil)
	if holed < whole-0.2 || holed < 0.6 {
		t.Errorf("R2 %.3f with a tenth unknown, %.3f with none", holed, whole)
	}
}

func TestHugeFeatures(t *testing.T) {
	// Beyond the range of float32 all values are equal; within it they are not.
	d := Data{X: column(-1e308, -1e300, 0, 3e38, 1e300, nan), Y: []float64{1, 1, 2, 3, 4, 5}}
	f := mustFit(t, d, Config{Trees: 1, NoBootstrap: true})
	if got := f.Predict(nil, d.X); !slices.Equal(got, d.Y) {
		t.Errorf("predictions %v, want %v", got, d.Y)
	}
	for i, want := range d.Y {
		if got := f.PredictRow([]float64{d.X.At(i, 0)}); got != want {
			t.Errorf("row %d: %v, want %v", i, got, want)
		}
	}
}

func closeTo(a, b []float64, tolerance float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= tolerance })
}
