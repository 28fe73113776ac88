package forest

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// plainLeaf walks by the definition of a split.
func plainLeaf(b *block, at uint64, row []float64) uint64 {
	for !isLeaf(b.nodes[at]) {
		column, missingLeft := b.splitAt(at)
		x := round32(row[column])
		left := b.children(at)
		if x <= splitThreshold(b.nodes[at]) || x != x && missingLeft {
			at = left
		} else {
			at = left + 1
		}
	}
	return at
}

// TestWalksAgree checks that all walks reach the leaves that the definition does: eight trees or eight rows in step,
// and one by one.
func TestWalksAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawData(t), drawConfig(t)
		c.Trees = rapid.IntRange(1, 20).Draw(t, "many trees")
		f, err := Fit(t.Context(), d, c)
		if err != nil {
			t.Fatal(err)
		}
		rows := make([][]float64, lanes)
		var together laneKeys
		for i := range rows {
			value := rapid.SampledFrom([]float64{-1.5, 0, 0.5, 1, 1.5, 3, nan, math.Inf(1), math.Inf(-1), 1e300, -1e-300})
			rows[i] = rapid.SliceOfN(value, f.columns, f.columns).Draw(t, "row")
			for j, x := range rows[i] {
				together[1+2*j][i], together[2+2*j][i] = keysOf(round32(x))
			}
		}
		for _, b := range f.blocks {
			checkWalks(t, &b, rows, &together)
		}
	})
}

func checkWalks(t *rapid.T, b *block, rows [][]float64, together *laneKeys) {
	for i, row := range rows {
		var k rowKeys
		k.fill(row)
		inStep := b.walkTrees(&k)
		for tree, root := range b.roots[:b.trees] {
			want := plainLeaf(b, root, row)
			if got := inStep[tree]; got != want {
				t.Fatalf("walkTrees at %v: leaf %d of tree %d, want %d", row, got, tree, want)
			}
			if got := b.walkRows(root, together)[i]; got != want {
				t.Fatalf("walkRows at %v: leaf %d of tree %d, want %d", row, got, tree, want)
			}
			if got := descend(b, root, row); got != want {
				t.Fatalf("descend at %v: leaf %d of tree %d, want %d", row, got, tree, want)
			}
		}
	}
}

// TestWideForest tests forests whose key indices do not fit a byte.
func TestWideForest(t *testing.T) {
	for _, columns := range []int{127, 128, 600} {
		d := withMissing(friedman1(1, 120, columns), 0.1)
		f := mustFit(t, d, Config{Trees: 11, MaxFeatures: 20})
		g := mustDecode(t, mustEncode(t, f))
		all, quantiles := f.Predict(nil, d.X), f.Quantiles(nil, d.X, 0.5)
		for i := range d.Y {
			row := mat.Row(nil, i, d.X)
			sum := 0.0
			for j := range f.trees {
				b, root := f.locate(j)
				sum += leafValue(b.nodes[plainLeaf(b, root, row)])
			}
			want := sum / float64(f.trees)
			if got := f.PredictRow(row); got != want || all[i] != want || g.PredictRow(row) != want {
				t.Fatalf("%d columns, row %d: PredictRow %v, Predict %v, decoded %v, want %v",
					columns, i, got, all[i], g.PredictRow(row), want)
			}
			if want := plainQuantile(f, row, 0.5); quantiles.At(i, 0) != want {
				t.Fatalf("%d columns, row %d: median %v, want %v", columns, i, quantiles.At(i, 0), want)
			}
		}
	}
}
