package forest

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// plainLeaf is a walk by the definition of a split.
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

// TestWalksAgree: eight trees in step, eight rows in step and one by one reach the leaves that the definition has.
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
				t.Fatalf("walk at %v: leaf %d of tree %d, want %d", row, got, tree, want)
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

// TestKeysOrderAsFloats: a word is below a key where the value is above the threshold, whatever the link.
func TestKeysOrderAsFloats(t *testing.T) {
	finite := rapid.Float32().Filter(func(x float32) bool { return !math.IsInf(float64(x), 0) && x == x })
	check := func(t *rapid.T, threshold, x float32, link uint32) {
		w := packSplit(threshold, 0)&^math.MaxUint32 | packedNode(link)
		right, left := keysOf(x)
		if goesRight := w < right; goesRight != (x > threshold) || right != left {
			t.Fatalf("threshold %v, value %v, link %x: goes right is %t", threshold, x, link, goesRight)
		}
		if right, left := keysOf(float32(nan)); w >= right || w < left {
			t.Fatalf("threshold %v, link %x: missing values go to one side", threshold, link)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		threshold, x := finite.Draw(t, "threshold")+0, finite.Draw(t, "x")+0
		link := rapid.Uint32().Draw(t, "link")
		for _, x := range []float32{x, threshold, math.Nextafter32(threshold, x)} {
			check(t, threshold, x+0, link)
		}
		check(t, float32(math.Inf(1)), x, link)
		if got := fromSortKey(sortKey(x)); got != x {
			t.Fatalf("%v comes back as %v", x, got)
		}
	})
}

// TestWideForest has more columns than a byte can tell apart.
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

// TestBatchSizes: what a block leaves over is predicted as everything else.
func TestBatchSizes(t *testing.T) {
	d := withMissing(friedman1(1, 3000, 90), 0.1)
	f := mustFit(t, pick(d, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), Config{Trees: 3})
	if size := f.batchRows(3000, 1); size >= 3000 {
		t.Fatalf("blocks of %d rows", size)
	}
	for _, rows := range []int{0, 1, 7, 8, 9, 257, 2999} {
		x := d.X.(*mat.Dense)
		got := f.Predict(make([]float64, rows), slice(x, rows))
		for i, p := range got {
			if want := f.PredictRow(x.RawRowView(i)); p != want {
				t.Fatalf("row %d of %d: %v, want %v", i, rows, p, want)
			}
		}
	}
}

// slice returns the first rows of x, of which there may be none.
func slice(x *mat.Dense, rows int) mat.Matrix {
	if rows == 0 {
		return shape{0, x.RawMatrix().Cols}
	}
	return x.Slice(0, rows, 0, x.RawMatrix().Cols)
}

// TestPlanted: every word of a grove is a node once or fills a pair, and clusters lie together.
func TestPlanted(t *testing.T) {
	f := mustFit(t, friedman1(1, 2000, 5), Config{Trees: 13})
	near, splits := 0, 0
	for i := range f.blocks {
		b := &f.blocks[i]
		seen := make([]bool, len(b.nodes))
		nodes := 0
		for _, root := range b.roots[:b.trees] {
			b.eachNode(root, func(at uint64) {
				if seen[at] {
					t.Fatalf("grove %d: two nodes at %d", i, at)
				}
				seen[at] = true
				nodes++
				if !isLeaf(b.nodes[at]) {
					splits++
					if b.children(at)-at <= 8 {
						near++
					}
				}
			})
		}
		if want := nodes + b.trees + 2*(lanes-b.trees); len(b.nodes) != want {
			t.Errorf("grove %d: %d words for %d nodes of %d trees, want %d", i, len(b.nodes), nodes, b.trees, want)
		}
	}
	if share := float64(near) / float64(splits); share < 0.75 {
		t.Errorf("only %.2f of the splits have their children near", share)
	}
}

func TestTooManyNodes(t *testing.T) {
	for _, test := range []struct{ columns, most int }{
		{1, 1<<24 - 1}, {127, 1<<24 - 1}, {128, 1<<23 - 1}, {255, 1<<23 - 1}, {256, 1<<22 - 1}, {MaxColumns, 1<<16 - 1},
	} {
		if err := checkNodeCount(test.most, test.columns); err != nil {
			t.Errorf("%d columns: %v", test.columns, err)
		}
		if err := checkNodeCount(test.most+1, test.columns); !errors.Is(err, ErrTooManyNodes) {
			t.Errorf("%d columns, %d nodes: error %v", test.columns, test.most+1, err)
		}
		if width := indexWidth(test.columns); 2*test.columns >= 1<<width {
			t.Errorf("codes of %d columns do not fit %d bits", test.columns, width)
		}
	}
	a := newAssembler(Config{Trees: 2}, MaxColumns)
	if a.add(0, tree{nodes: make([]node, 1<<16)}) || !errors.Is(a.failure(), ErrTooManyNodes) {
		t.Errorf("error %v", a.failure())
	}
	if a.add(1, tree{nodes: []node{{split: leafMark}}}) {
		t.Error("the next tree is taken")
	}
}

// TestLargeBatchAllocatesOnce guards against work per row.
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
