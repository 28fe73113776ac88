package forest

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// plainCut is a cut by its definition: the rows that go left.
type plainCut struct {
	column      int
	threshold   float64
	missingLeft bool
}

func (c plainCut) goesLeft(x mat.Matrix, row int) bool {
	v := x.At(row, c.column)
	if math.IsNaN(v) {
		return c.missingLeft
	}
	return v <= c.threshold
}

// squares returns the weighted sum of squares about the mean of the rows for which in holds, and how many of positive
// weight there are.
func squares(d Data, in func(row int) bool) (sum float64, rows int) {
	weight := func(i int) float64 {
		if d.Weights == nil {
			return 1
		}
		return d.Weights[i]
	}
	total, mean := 0.0, 0.0
	for i, y := range d.Y {
		if in(i) && weight(i) > 0 {
			rows++
			total += weight(i)
			mean += weight(i) * y
		}
	}
	mean /= total
	for i, y := range d.Y {
		if in(i) && weight(i) > 0 {
			sum += weight(i) * (y - mean) * (y - mean)
		}
	}
	return sum, rows
}

// gain returns how much c lowers the sum of squares of d, and false if it leaves fewer than minLeaf rows on a side.
func (c plainCut) gain(d Data, minLeaf int) (float64, bool) {
	all, _ := squares(d, func(int) bool { return true })
	left, m := squares(d, func(i int) bool { return c.goesLeft(d.X, i) })
	right, n := squares(d, func(i int) bool { return !c.goesLeft(d.X, i) })
	return all - left - right, m >= max(minLeaf, 1) && n >= max(minLeaf, 1)
}

// bestGain tries every cut there is.
func bestGain(d Data, minLeaf int) (best float64, found bool) {
	rows, columns := d.X.Dims()
	best = -1
	for j := range columns {
		for i := range rows + 1 {
			threshold := math.Inf(1)
			if i < rows {
				threshold = d.X.At(i, j)
			}
			for _, missingLeft := range []bool{false, true} {
				if gain, ok := (plainCut{j, threshold, missingLeft}).gain(d, minLeaf); ok {
					best, found = max(best, gain), true
				}
			}
		}
	}
	return best, found
}

func TestSplitIsTheBestOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawData(t)
		d.Groups = nil
		minLeaf := rapid.IntRange(0, 4).Draw(t, "min leaf")
		f, err := Fit(t.Context(), d, Config{Trees: 1, MaxDepth: 1, NoBootstrap: true, MinLeaf: minLeaf})
		if err != nil {
			t.Fatal(err)
		}
		spread, _ := squares(d, func(int) bool { return true })
		want, possible := bestGain(d, minLeaf)
		root := walkTree(f, 0)[0]
		if isLeaf(root.node) {
			if possible && spread > 1e-6 {
				t.Fatalf("no split, though one gains %v", want)
			}
			return
		}
		c := plainCut{threshold: float64(splitThreshold(root.node))}
		c.column, c.missingLeft = f.blocks[0].splitAt(root.at)
		got, ok := c.gain(d, minLeaf)
		if !ok || math.Abs(got-want) > 1e-9*spread {
			t.Fatalf("%+v gains %v (allowed: %t), the best %v", c, got, ok, want)
		}
	})
}

func TestSplitPrefersTheLowestThreshold(t *testing.T) {
	// Cutting off the first or the last row gains the same.
	f := mustFit(t, Data{X: column(1, 2, 3, 4), Y: []float64{0, 1, 1, 0}},
		Config{Trees: 1, NoBootstrap: true, MaxDepth: 1})
	if got := splitThreshold(walkTree(f, 0)[0].node); got != 1.5 {
		t.Errorf("threshold %v, want 1.5", got)
	}
}

func TestEqualColumnsShareTheSplits(t *testing.T) {
	d := Data{X: mat.NewDense(4, 3, []float64{1, 9, -1, 2, 9, -2, 3, 9, -3, 4, 9, -4}), Y: []float64{0, 0, 1, 1}}
	got := mustFit(t, d, Config{Trees: 1000, NoBootstrap: true}).Importance()
	if got[1] != 0 || math.Abs(got[0]-0.5) > 0.05 {
		t.Errorf("importance %v of x, a constant and -x; want about 1/2, 0, 1/2", got)
	}
}

func TestThresholdSeparates(t *testing.T) {
	next := math.Nextafter32
	for _, test := range []struct{ a, b, want float32 }{
		{1, 2, 1.5},
		{-3, -1, -2},
		{1, next(1, 2), 1},
		{next(1, 2), next(next(1, 2), 2), next(1, 2)},
		{-math.MaxFloat32, math.MaxFloat32, 0},
		{next(math.MaxFloat32, 0), math.MaxFloat32, next(math.MaxFloat32, 0)},
		{0, math.SmallestNonzeroFloat32, 0},
		{5, float32(nan), float32(math.Inf(1))},
	} {
		got := cut{at: 1}.threshold([]entry{
			newEntry(sortKey(test.a), 0), newEntry(sortKey(test.a), 1), newEntry(sortKey(test.b), 2)})
		if got != test.want {
			t.Errorf("between %v and %v: %v, want %v", test.a, test.b, got, test.want)
		}
		if test.b == test.b && !(test.a <= got && got < test.b) {
			t.Errorf("%v does not separate %v from %v", got, test.a, test.b)
		}
	}
	if got := (cut{at: 0}).threshold([]entry{newEntry(sortKey(7), 0)}); got != float32(math.Inf(1)) {
		t.Errorf("after the last value: %v, want +Inf", got)
	}
}

func TestMissingSideIsLearned(t *testing.T) {
	for _, test := range []struct {
		name    string
		x, y    []float64
		unknown float64 // prediction for NaN
	}{
		{"with the high", []float64{1, 2, 3, nan, nan}, []float64{0, 0, 9, 9, 9}, 9},
		{"with the low", []float64{1, 2, 3, nan, nan}, []float64{0, 0, 9, 0, 0}, 0},
		{"apart from both", []float64{1, 2, 3, nan, nan}, []float64{4, 4, 4, 7, 7}, 7},
		{"apart from one value", []float64{6, 6, 6, nan, nan}, []float64{4, 4, 4, 7, 7}, 7},
		{"between", []float64{1, 2, 3, nan, nan}, []float64{0, 0, 9, 5, 5}, 5},
		{"never seen: larger side left", []float64{1, 2, 3}, []float64{0, 0, 9}, 0},
		{"never seen: larger side right", []float64{1, 2, 3}, []float64{0, 9, 9}, 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := mustFit(t, Data{X: column(test.x...), Y: test.y}, Config{Trees: 1, NoBootstrap: true})
			for i, x := range test.x {
				if got := f.PredictRow([]float64{x}); got != test.y[i] {
					t.Errorf("at %v: %v, want %v", x, got, test.y[i])
				}
			}
			if got := f.PredictRow([]float64{nan}); got != test.unknown {
				t.Errorf("at NaN: %v, want %v", got, test.unknown)
			}
		})
	}
}

func TestFarTargetsAreSplitExactly(t *testing.T) {
	// In float64, sums of squares of such targets cancel altogether.
	const far = 1 << 24
	f := mustFit(t, Data{X: column(1, 2, 3, 4), Y: []float64{far, far, far + 2, far + 2}},
		Config{Trees: 1, NoBootstrap: true})
	if got := len(walkTree(f, 0)); got != 3 {
		t.Errorf("%d nodes, want one split and two leaves", got)
	}
	if got := f.PredictRow([]float64{3}); got != far+2 {
		t.Errorf("prediction %v, want %v", got, far+2)
	}
}

func TestPartitionIsStable(t *testing.T) {
	left := []uint8{1, 0, 0, 1, 1, 0}
	rows, spare := []uint32{5, 4, 3, 2, 1, 0}, make([]uint32, 6)
	partitionRows(rows, spare, left)
	order, parted := make([]entry, 6), make([]entry, 6)
	for i := range order {
		order[i] = newEntry(uint32(i), uint32(5-i))
	}
	partitionOrder(parted, order, left, 3)
	for i, want := range []uint32{4, 3, 0, 5, 2, 1} {
		if rows[i] != want || parted[i].row() != want {
			t.Errorf("index %d: rows %d and %d, want %d", i, rows[i], parted[i].row(), want)
		}
	}
}
