package forest

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestBatchSizes checks that the rows of an incomplete batch are predicted like all others.
func TestBatchSizes(t *testing.T) {
	d := withMissing(friedman1(1, 3000, 90), 0.1)
	f := mustFit(t, selectRows(d, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), Config{Trees: 3})
	if size := f.batchRows(3000, 1); size >= 3000 {
		t.Fatalf("batches of %d rows", size)
	}
	for _, rows := range []int{0, 1, 7, 8, 9, 257, 2999} {
		x := d.X.(*mat.Dense)
		got := f.Predict(make([]float64, rows), firstRows(x, rows))
		for i, p := range got {
			if want := f.PredictRow(x.RawRowView(i)); p != want {
				t.Fatalf("row %d of %d: %v, want %v", i, rows, p, want)
			}
		}
	}
}

// firstRows returns the given number of rows of x, which may be 0.
func firstRows(x *mat.Dense, rows int) mat.Matrix {
	if rows == 0 {
		return shape{0, x.RawMatrix().Cols}
	}
	return x.Slice(0, rows, 0, x.RawMatrix().Cols)
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

// TestLargeBatchAllocatesOnce guards against allocations per row.
func TestLargeBatchAllocatesOnce(t *testing.T) {
	f := mustFit(t, friedman1(1, 300, 5), Config{Trees: 5})
	random := rand.New(rand.NewPCG(1, 1))
	x := mat.NewDense(20000, 5, nil)
	x.Apply(func(int, int, float64) float64 { return random.Float64() }, x)
	dst := make([]float64, 20000)
	if n := testing.AllocsPerRun(3, func() { f.Predict(dst, x) }); n > 30 {
		t.Errorf("%v allocations for 20000 rows", n)
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
