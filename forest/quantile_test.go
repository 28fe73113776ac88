package forest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// plainQuantile is the least target up to which the weights reach q.
func plainQuantile(f *Forest, row []float64, q float64) float64 {
	entries := f.LeafRows(nil, row)
	slices.SortFunc(entries, func(a, b RowWeight) int { return cmp.Compare(a.Target, b.Target) })
	reached := 0.0
	for _, e := range entries {
		if reached += e.Weight; reached >= q-1e-9 {
			return e.Target
		}
	}
	return entries[len(entries)-1].Target
}

func TestQuantilesByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawData(t), drawConfig(t)
		c.LeafSamples = max(c.LeafSamples, 0)
		f, err := Fit(t.Context(), d, c)
		if err != nil {
			t.Fatal(err)
		}
		// Not ascending, with a repeated level.
		q := []float64{0.5, 0.1, 1, 0.9, 0.33, 0, 0.5}
		got := f.Quantiles(nil, d.X, q...)
		for i := range d.Y {
			row := mat.Row(nil, i, d.X)
			if one := f.QuantilesRow(nil, row, q...); !slices.Equal(one, got.RawRowView(i)) {
				t.Fatalf("row %d: QuantilesRow says %v, Quantiles %v", i, one, got.RawRowView(i))
			}
			for j, level := range q {
				if want := plainQuantile(f, row, level); got.At(i, j) != want {
					t.Fatalf("row %d, quantile %v: %v, want %v", i, level, got.At(i, j), want)
				}
			}
		}
	})
}

func TestQuantilesAreOrdered(t *testing.T) {
	d := withMissing(friedman1(1, 400, 5), 0.3)
	f := mustFit(t, d, Config{Trees: 20, MinLeaf: 5, LeafSamples: 4})
	q := make([]float64, 101)
	for i := range q {
		q[i] = float64(i) / 100
	}
	got := f.Quantiles(nil, d.X, q...)
	for i := range d.Y {
		if row := got.RawRowView(i); !slices.IsSorted(row) {
			t.Fatalf("row %d: %v", i, row)
		}
	}
}

func TestQuantilesCover(t *testing.T) {
	// The spread depends on x, so one width of interval cannot be right.
	draw := func(seed uint64, rows int) Data {
		random := rand.New(rand.NewPCG(seed, 0))
		d := Data{X: mat.NewDense(rows, 2, nil), Y: make([]float64, rows)}
		for i := range d.Y {
			x := random.Float64()
			d.X.(*mat.Dense).SetRow(i, []float64{x, random.Float64()})
			d.Y[i] = 10*x + (0.1+x)*random.NormFloat64()
		}
		return d
	}
	train, test := draw(1, 3000), draw(2, 3000)
	f := mustFit(t, train, Config{Trees: 40, MinLeaf: 40})
	bounds := f.Quantiles(nil, test.X, 0.05, 0.95)
	inside := map[bool]int{}
	width := map[bool]float64{}
	count := map[bool]int{}
	for i, y := range test.Y {
		wide := test.X.At(i, 0) > 0.5
		count[wide]++
		width[wide] += bounds.At(i, 1) - bounds.At(i, 0)
		if y >= bounds.At(i, 0) && y <= bounds.At(i, 1) {
			inside[wide]++
		}
	}
	for wide, n := range count {
		if share := float64(inside[wide]) / float64(n); share < 0.86 || share > 0.94 {
			t.Errorf("x above 0.5 %t: %.3f of the targets within their 90 %% interval", wide, share)
		}
	}
	if ratio := width[true] / width[false]; ratio < 1.7 {
		t.Errorf("intervals are %.2f times as wide where the spread is", ratio)
	}
}

func TestLeafRowsWeights(t *testing.T) {
	// One leaf: weights are those of the rows, the bag that of the seed.
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

func TestNoLeafSamples(t *testing.T) {
	d := friedman1(1, 50, 5)
	f := mustFit(t, d, Config{Trees: 3, LeafSamples: -1})
	if got := f.LeafRows(nil, make([]float64, 5)); len(got) != 0 {
		t.Errorf("leaf rows %v, want none", got)
	}
	mustPanic(t, panicNoLeafRows, func() { f.Quantiles(nil, d.X, 0.5) })
}

func mustPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}()
	f()
}

func TestMisusePanics(t *testing.T) {
	d := friedman1(1, 30, 5)
	f := mustFit(t, d, Config{Trees: 2})
	for name, test := range map[string]struct {
		want string
		call func()
	}{
		"PredictRow":           {"forest: feature count mismatch", func() { f.PredictRow(make([]float64, 4)) }},
		"Predict":              {panicFeatures, func() { f.Predict(nil, column(1, 2)) }},
		"Predict dst":          {panicDestination, func() { f.Predict(make([]float64, 29), d.X) }},
		"LeafRows":             {panicFeatures, func() { f.LeafRows(nil, make([]float64, 6)) }},
		"Quantiles":            {panicFeatures, func() { f.Quantiles(nil, column(1), 0.5) }},
		"Quantiles dst":        {panicDestination, func() { f.Quantiles(mat.NewDense(30, 2, nil), d.X, 0.5) }},
		"Quantiles above":      {panicQuantile, func() { f.Quantiles(nil, d.X, 1.1) }},
		"Quantiles NaN":        {panicQuantile, func() { f.Quantiles(nil, d.X, nan) }},
		"Quantiles of nothing": {panicQuantile, func() { f.Quantiles(nil, d.X) }},
		"QuantilesRow":         {panicFeatures, func() { f.QuantilesRow(nil, make([]float64, 4), 0.5) }},
		"QuantilesRow dst":     {panicDestination, func() { f.QuantilesRow(make([]float64, 2), make([]float64, 5), 0.5) }},
	} {
		t.Run(name, func(t *testing.T) { mustPanic(t, test.want, test.call) })
	}
}

func TestDestinations(t *testing.T) {
	d := friedman1(1, 30, 5)
	f := mustFit(t, d, Config{Trees: 2})
	dst := make([]float64, 30)
	if got := f.Predict(dst, d.X); &got[0] != &dst[0] {
		t.Error("Predict does not use its destination")
	}
	if got := f.Predict(nil, shape{0, 5}); len(got) != 0 {
		t.Errorf("predictions %v of no rows", got)
	}
	var empty mat.Dense
	if got := f.Quantiles(&empty, d.X, 0.1, 0.9); got != &empty || !mat.Equal(got, f.Quantiles(nil, d.X, 0.1, 0.9)) {
		t.Error("Quantiles does not use its destination")
	}
}

func TestPredictRowDoesNotAllocate(t *testing.T) {
	f := mustFit(t, friedman1(1, 200, 5), Config{Trees: 10})
	row := []float64{0.5, nan, 0.1, 0.2, 0.3}
	entries := f.LeafRows(nil, row)
	if n := testing.AllocsPerRun(100, func() {
		f.PredictRow(row)
		entries = f.LeafRows(entries, row)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// One walk answers what two do, to the last bit.
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
			t.Error("a row of another width is taken")
		}
	}()
	f.LeafRowsMean(nil, wide)
}
