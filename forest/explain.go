package forest

import (
	"iter"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Explainer says which columns made a forest's predictions what they are: by
// exact Shapley values, of the game that path-dependent Tree SHAP plays
// (Lundberg, Erion and Lee 2018). In it a column that is not in the coalition is
// asked nothing: a split on it takes both ways, each for its share of the training
// weight. An Explainer is immutable and safe for concurrent use.
//
// With z and w the column's part in a path, z being 1 if the row takes all of the
// path's ways at its splits and else 0, w the product of their shares, and d
// columns on the path, a leaf of value v gives column j
//
//	v (z[j] - w[j]) ∫ Π (z[k] t + w[k] (1 - t)) dt    over k ≠ j, t from 0 to 1
//
// since the Shapley weight of a coalition of s out of d-1 is the integral of
// t^s (1-t)^(d-1-s), as Owen (1972) found. The integrand is a polynomial of degree
// d-1, for which Gauss and Legendre's rule is exact with d/2 points; and the
// product over all k, divided by j's factor, serves every j. So a walk over the
// tree that carries the products down and sums over leaves up costs d/2 steps a
// node, where Lundberg's algorithm takes d². Once the row has left the paths of
// all columns that a subtree splits on, its leaves count by their mean, and the
// walk ends there: the fewer columns, the sooner. The idea to evaluate the
// polynomials at points is that of Linear TreeShap (Yu et al. 2022).
type Explainer struct {
	f         *Forest
	base      float64
	rule      []quadraturePoint
	depth     int
	summaries [][]nodeSummary // by grove, by position
	idle      sync.Pool       // of attributions
}

// Explainer prepares to explain predictions of f. It takes some 16 bytes a node,
// and about the time of a few predictions of a large batch. The error is
// ErrNoCover if f was fitted with Config.NoCover.
func (f *Forest) Explainer() (*Explainer, error) {
	if !f.hasCover() {
		return nil, ErrNoCover
	}
	e := &Explainer{f: f, summaries: make([][]nodeSummary, len(f.blocks))}
	widest := 1
	for i := range f.blocks {
		b := &f.blocks[i]
		e.summaries[i] = make([]nodeSummary, len(b.nodes))
		s := summarizer{block: b, summaries: e.summaries[i], uses: make([]int, f.columns)}
		for _, root := range b.roots[:b.trees] {
			s.visit(root, 0)
			e.base += e.summaries[i][root].mean / float64(f.trees)
		}
		widest, e.depth = max(widest, s.widest), max(e.depth, s.deepest)
	}
	e.rule = gaussLegendre((widest + 1) / 2)
	e.idle.New = func() any { return newAttribution(e) }
	return e, nil
}

// Base returns the prediction for a row of which nothing is known: what
// contributions are added to.
func (e *Explainer) Base() float64 { return e.base }

// ExplainRow stores in dst, by column, what each contributes to the prediction for
// row, in the unit of the target, and returns it: with Base they add up to
// PredictRow but for rounding. NaN is a value like others, that of an unknown
// feature. A nil dst is allocated; otherwise it does not allocate once warm. It
// panics if len(row) is not the forest's number of columns, or if dst is neither
// nil nor as long.
func (e *Explainer) ExplainRow(dst, row []float64) []float64 {
	if len(row) != e.f.columns {
		panic(panicFeatures)
	}
	dst = destination(dst, e.f.columns)
	a := e.idle.Get().(*attribution)
	defer e.idle.Put(a)
	a.explain(dst, row)
	return dst
}

// Explain stores ExplainRow of every row of x in the same row of dst and returns
// it. A nil or empty dst is allocated or sized. Large x are handled in parallel. It
// panics if x has not the forest's number of columns, or if dst has another shape
// than x.
func (e *Explainer) Explain(dst *mat.Dense, x mat.Matrix) *mat.Dense {
	rows, columns := x.Dims()
	if columns != e.f.columns {
		panic(panicFeatures)
	}
	dst = destinationDense(dst, rows, columns)
	parallelFor(rows, runtime.GOMAXPROCS(0), func(items iter.Seq[int]) {
		a := e.idle.Get().(*attribution)
		defer e.idle.Put(a)
		row := make([]float64, columns)
		for i := range items {
			a.explain(dst.RawRowView(i), mat.Row(row, i, x))
		}
	})
	return dst
}
