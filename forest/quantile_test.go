package forest

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// plainQuantile returns the least target up to which the weights sum to q.
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

func TestQuantilesMatchTheDefinition(t *testing.T) {
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
				t.Fatalf("row %d: QuantilesRow %v, Quantiles %v", i, one, got.RawRowView(i))
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
	// The spread depends on x, so no single width of intervals can be right.
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
