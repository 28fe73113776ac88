package forest

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// singleTree returns tree i of f as a forest.
func singleTree(f *Forest, i int) *Forest {
	b, root := f.locate(i)
	one := *b
	one.trees, one.roots = 1, [lanes]uint64{root, root, root, root, root, root, root, root}
	return &Forest{blocks: []block{one}, trees: 1, columns: f.columns, samples: f.samples}
}

// TestOutOfBagMatchesTheDefinition compares with the plain definition.
func TestOutOfBagMatchesTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawData(t), drawConfig(t)
		f, err := Fit(t.Context(), d, c)
		if err != nil {
			t.Fatal(err)
		}
		o, err := f.OutOfBag(d)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Y {
			row := mat.Row(nil, i, d.X)
			sum, trees := 0.0, 0
			var entries []RowWeight
			for j := range f.trees {
				if plainBag(d, c, j)[i] == 0 {
					sum += singleTree(f, j).PredictRow(row)
					entries = append(entries, singleTree(f, j).LeafRows(nil, row)...)
					trees++
				}
			}
			if o.Trees(i) != trees {
				t.Fatalf("row %d is out of the bag of %d trees, want %d", i, o.Trees(i), trees)
			}
			if got, want := o.PredictRow(i), sum/float64(trees); got != want && trees > 0 || trees == 0 && !math.IsNaN(got) {
				t.Fatalf("row %d: %v, want %v", i, got, want)
			}
			if !sameRows(o.LeafRows(nil, i), entries, trees) {
				t.Fatalf("row %d: leaf rows %v, want %v over %d", i, o.LeafRows(nil, i), entries, trees)
			}
		}
	})
}

// sameRows reports whether got is want with each weight divided by trees.
func sameRows(got, want []RowWeight, trees int) bool {
	return slices.EqualFunc(got, want, func(g, w RowWeight) bool {
		return g.Row == w.Row && math.Abs(g.Weight-w.Weight/float64(trees)) < 1e-12
	})
}

func TestGroupsAreNeverSplit(t *testing.T) {
	d := friedman1(1, 300, 5)
	random := rand.New(rand.NewPCG(1, 0))
	d.Groups = make([]int, 300)
	for i := range d.Groups {
		d.Groups[i] = random.IntN(12) - 5
	}
	f := mustFit(t, d, Config{Trees: 70, MinLeaf: 3})
	o := mustOutOfBag(t, f, d)
	for i := range f.trees {
		seen := map[int]bool{}
		for _, l := range leavesOf(f, i) {
			for _, row := range l.rows {
				seen[d.Groups[row]] = true
			}
		}
		for row := range d.Y {
			out := false
			for got := range o.trees(row) {
				out = out || got == i
			}
			if out == seen[d.Groups[row]] {
				t.Fatalf("tree %d, row %d: out of bag is %t, its group seen %t", i, row, out, seen[d.Groups[row]])
			}
		}
	}
}

func TestOutOfBagShare(t *testing.T) {
	d := friedman1(1, 500, 5)
	o := mustOutOfBag(t, mustFit(t, d, Config{}), d)
	trees := 0
	for i := range d.Y {
		trees += o.Trees(i)
	}
	if got := float64(trees) / 500 / 100; math.Abs(got-math.Exp(-1)) > 0.01 {
		t.Errorf("a row is out of the bag of %.3f of the trees, want about %.3f", got, math.Exp(-1))
	}
}

func TestOutOfBagEstimatesTheError(t *testing.T) {
	d, test := friedman1(1, 1000, 8), friedman1(2, 1000, 8)
	f := mustFit(t, d, Config{Trees: 60, MaxFeatures: 4})
	oob := meanSquare(mustOutOfBag(t, f, d).Predict(nil), d.Y)
	unseen := meanSquare(f.Predict(nil, test.X), test.Y)
	if ratio := oob / unseen; ratio < 0.85 || ratio > 1.25 {
		t.Errorf("mean squared error %.2f out of bag, %.2f on new rows", oob, unseen)
	}
}

func TestNoBootstrapLeavesNothingOut(t *testing.T) {
	d := friedman1(1, 50, 5)
	o := mustOutOfBag(t, mustFit(t, d, Config{Trees: 3, NoBootstrap: true}), d)
	for i, p := range o.Predict(nil) {
		if o.Trees(i) != 0 || !math.IsNaN(p) || len(o.LeafRows([]RowWeight{{}}, i)) != 0 {
			t.Fatalf("row %d: %d trees, prediction %v; want none and NaN", i, o.Trees(i), p)
		}
	}
}

func TestOutOfBagRefuses(t *testing.T) {
	d := friedman1(1, 50, 5)
	d.Groups = make([]int, 50)
	for i := range d.Groups {
		d.Groups[i] = i % 10
	}
	f := mustFit(t, d, Config{Trees: 3})
	fewerGroups := d
	fewerGroups.Groups = make([]int, 50)
	unweighted := d
	unweighted.Weights = make([]float64, 50)
	for name, test := range map[string]struct {
		data Data
		want error
	}{
		"rows":    {Data{X: d.X.(*mat.Dense).Slice(0, 40, 0, 5), Y: d.Y[:40], Groups: d.Groups[:40]}, ErrShape},
		"columns": {withColumn(d, 0, func(int) float64 { return 0 }), ErrShape},
		"groups":  {fewerGroups, ErrShape},
		"weights": {unweighted, ErrWeight},
		"nothing": {Data{}, ErrNoRows},
	} {
		if o, err := f.OutOfBag(test.data); o != nil || !errors.Is(err, test.want) {
			t.Errorf("other %s: error %v, want %v", name, err, test.want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	d := friedman1(1, 300, 5)
	f := mustFit(t, d, Config{Trees: 60, MinLeaf: 5})
	o := mustOutOfBag(t, f, d)
	prediction, quantiles := o.Predict(nil), f.Quantiles(nil, d.X, 0.5)
	fresh, err := Decode(mustEncode(t, f))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if !slices.Equal(o.Predict(nil), prediction) {
				t.Error("out-of-bag predictions differ")
			}
			if !mat.Equal(fresh.Quantiles(nil, d.X, 0.5), quantiles) {
				t.Error("quantiles differ")
			}
		})
	}
	group.Wait()
}
