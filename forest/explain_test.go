package forest

import (
	"errors"
	"math"
	"math/bits"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// coalitionPrediction returns the prediction of the subtree at a position if only the columns of a coalition, a bit
// each, are known: the definition of the game.
func coalitionPrediction(b *block, at uint64, row []float64, coalition uint64) float64 {
	w := b.nodes[at]
	if isLeaf(w) {
		return leafValue(w)
	}
	column, missingLeft := b.splitAt(at)
	left := b.children(at)
	if coalition>>column&1 == 0 {
		share := b.boundedShare(left)
		return share*coalitionPrediction(b, left, row, coalition) + (1-share)*coalitionPrediction(b, left+1, row, coalition)
	}
	x := round32(row[column])
	if x <= splitThreshold(w) || x != x && missingLeft {
		return coalitionPrediction(b, left, row, coalition)
	}
	return coalitionPrediction(b, left+1, row, coalition)
}

// shapleyByDefinition returns the base and the Shapley values by their definition: over all coalitions.
func shapleyByDefinition(f *Forest, row []float64) (base float64, values []float64) {
	n := f.columns
	worth := make([]float64, 1<<n)
	for coalition := range worth {
		for i := range f.trees {
			b, root := f.locate(i)
			worth[coalition] += coalitionPrediction(b, root, row, uint64(coalition)) / float64(f.trees)
		}
	}
	factorial := func(k int) float64 { return math.Gamma(float64(k + 1)) }
	values = make([]float64, n)
	for j := range values {
		for coalition := range worth {
			if coalition>>j&1 == 1 {
				continue
			}
			s := bits.OnesCount(uint(coalition))
			weight := factorial(s) * factorial(n-1-s) / factorial(n)
			values[j] += weight * (worth[coalition|1<<j] - worth[coalition])
		}
	}
	return worth[0], values
}

func mustExplainer(t testing.TB, f *Forest) *Explainer {
	t.Helper()
	e, err := f.Explainer()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestExplainerMatchesTheDefinition compares with the enumeration of all coalitions.
func TestExplainerMatchesTheDefinition(t *testing.T) {
	check := func(t rapid.TB, f *Forest, row []float64) {
		e, err := f.Explainer()
		if err != nil {
			t.Fatal(err)
		}
		base, want := shapleyByDefinition(f, row)
		got := e.ExplainRow(nil, row)
		scale := 1 + math.Abs(base)
		for _, v := range want {
			scale = max(scale, math.Abs(v))
		}
		if math.Abs(e.Base()-base) > 1e-12*scale || !closeTo(got, want, 1e-10*scale) {
			t.Fatalf("at %v: base %v and %v, want %v and %v", row, e.Base(), got, base, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawData(t), drawConfig(t)
		f, err := Fit(t.Context(), d, c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Y {
			check(t, f, mat.Row(nil, i, d.X))
		}
	})
	d := withMissing(friedman1(1, 150, 9), 0.2)
	d.Weights = make([]float64, 150)
	for i := range d.Weights {
		d.Weights[i] = float64(i%3) + 0.1
	}
	f := mustFit(t, d, Config{Trees: 3, MinLeaf: 3})
	for i := range 10 {
		check(t, f, mat.Row(nil, i, d.X))
	}
}

// TestContributionsAddUp checks that base and contributions sum to the prediction.
func TestContributionsAddUp(t *testing.T) {
	for name, test := range map[string]struct {
		d Data
		c Config
	}{
		"few columns":    {friedman1(1, 1000, 5), Config{Trees: 20}},
		"missing values": {withMissing(friedman1(1, 1000, 10), 0.3), Config{Trees: 20, MinLeaf: 2}},
		"many columns":   {friedman1(1, 400, 90), Config{Trees: 10, MaxFeatures: 10}},
		"wide indices":   {friedman1(1, 300, 140), Config{Trees: 9, MaxFeatures: 5}},
		"far targets":    {withOffset(friedman1(1, 300, 5), 1e6), Config{Trees: 10}},
	} {
		t.Run(name, func(t *testing.T) {
			f := mustFit(t, test.d, test.c)
			e := mustExplainer(t, f)
			all := e.Explain(nil, test.d.X)
			for i := range 200 {
				row := mat.Row(nil, i, test.d.X)
				sum, want := e.Base(), f.PredictRow(row)
				for _, v := range all.RawRowView(i) {
					sum += v
				}
				if math.Abs(sum-want) > 1e-9*max(1, math.Abs(want)) {
					t.Fatalf("row %d: contributions and base are %v, the prediction %v", i, sum, want)
				}
				if one := e.ExplainRow(nil, row); !slices.Equal(one, all.RawRowView(i)) {
					t.Fatalf("row %d: ExplainRow %v, Explain %v", i, one, all.RawRowView(i))
				}
			}
		})
	}
}

func withOffset(d Data, by float64) Data {
	for i := range d.Y {
		d.Y[i] += by
	}
	return d
}

func TestUnusedColumnContributesNothing(t *testing.T) {
	d := withColumn(friedman1(1, 200, 5), 2, func(int) float64 { return 7 })
	e := mustExplainer(t, mustFit(t, d, Config{Trees: 10}))
	for i := range d.Y {
		if got := e.ExplainRow(nil, mat.Row(nil, i, d.X))[2]; got != 0 {
			t.Fatalf("row %d: a constant column contributes %v", i, got)
		}
	}
}

func TestEqualColumnsContributeAlike(t *testing.T) {
	// A tree splits on one of two equal columns at random: over many trees both contribute the same.
	d := friedman1(1, 200, 5)
	d = withColumn(d, 5, func(row int) float64 { return d.X.At(row, 3) })
	e := mustExplainer(t, mustFit(t, d, Config{Trees: 2000, MinLeaf: 20}))
	a, b := 0.0, 0.0
	for i := range d.Y {
		values := e.ExplainRow(nil, mat.Row(nil, i, d.X))
		a, b = a+math.Abs(values[3]), b+math.Abs(values[5])
	}
	if ratio := a / b; ratio < 0.9 || ratio > 1.1 {
		t.Errorf("one column contributes %.2f times as much as its copy", ratio)
	}
}

func TestExplainerOfDecodedForest(t *testing.T) {
	d := withMissing(friedman1(1, 200, 5), 0.2)
	f := mustFit(t, d, Config{Trees: 10})
	row := mat.Row(nil, 0, d.X)
	want := mustExplainer(t, f).ExplainRow(nil, row)
	if got := mustExplainer(t, mustDecode(t, mustEncode(t, f))).ExplainRow(nil, row); !slices.Equal(got, want) {
		t.Errorf("decoded: %v, want %v", got, want)
	}
}

func TestNoCover(t *testing.T) {
	d := friedman1(1, 100, 5)
	f := mustFit(t, d, Config{Trees: 3, NoCover: true})
	if e, err := f.Explainer(); e != nil || !errors.Is(err, ErrNoCover) {
		t.Errorf("error %v, want %v", err, ErrNoCover)
	}
	with := mustFit(t, d, Config{Trees: 3})
	if !slices.Equal(f.Predict(nil, d.X), with.Predict(nil, d.X)) {
		t.Error("NoCover changes predictions")
	}
	if few, many := len(mustEncode(t, f)), len(mustEncode(t, with)); few >= many {
		t.Errorf("%d bytes without, %d with cover", few, many)
	}
}

func TestExplainRowDoesNotAllocate(t *testing.T) {
	d := friedman1(1, 200, 5)
	e := mustExplainer(t, mustFit(t, d, Config{Trees: 10}))
	a := newAttribution(e.summary)
	dst, row := make([]float64, 5), mat.Row(nil, 0, d.X)
	if n := testing.AllocsPerRun(100, func() { a.explain(dst, row) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMisusedExplainerPanics(t *testing.T) {
	d := friedman1(1, 30, 5)
	e := mustExplainer(t, mustFit(t, d, Config{Trees: 2}))
	mustPanic(t, panicFeatures, func() { e.ExplainRow(nil, make([]float64, 4)) })
	mustPanic(t, panicDestination, func() { e.ExplainRow(make([]float64, 4), make([]float64, 5)) })
	mustPanic(t, panicFeatures, func() { e.Explain(nil, column(1)) })
	mustPanic(t, panicDestination, func() { e.Explain(mat.NewDense(30, 4, nil), d.X) })
}

func BenchmarkExplainRow(b *testing.B) {
	benchmarkForests(b, unchanged, func(b *testing.B, f *Forest, d Data) {
		e, x := mustExplainer(b, f), d.X.(*mat.Dense)
		dst := make([]float64, f.Columns())
		for i := 0; b.Loop(); i++ {
			e.ExplainRow(dst, x.RawRowView(i%f.Rows()))
		}
	})
}
