package forest

import (
	"iter"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// Explainer computes which columns made a forest's predictions what they are: exact Shapley values of the game of
// path-dependent Tree SHAP (Lundberg, Erion and Lee 2018). In this game a column outside the coalition is unknown: a
// split on it takes both branches, each with its share of the training weight. An Explainer is immutable and safe for
// concurrent use.
//
// Let z and w be a column's part in a path: z is 1 if the row takes all of the path's branches at splits on the column
// and else 0, w is the product of these branches' shares. With d columns on the path, a leaf of value v contributes to
// column j
//
//	v (z[j] - w[j]) ∫ Π (z[k] t + w[k] (1 - t)) dt    over k ≠ j, t from 0 to 1
//
// since the Shapley weight of a coalition of s out of d-1 is the integral of t^s (1-t)^(d-1-s), as Owen (1972) found.
// The integrand is a polynomial of degree d-1, for which the Gauss-Legendre rule is exact with d/2 points; and the
// product over all k, divided by j's factor, serves every j. So a walk over the tree that carries the products down and
// the sums over leaves up takes d/2 steps a node, where Lundberg's algorithm takes d². Once the row has left the paths
// of all columns that a subtree splits on, the leaves of the subtree count by their mean, and the walk ends there: the
// fewer columns, the sooner. Evaluating the polynomials at points is the idea of Linear TreeShap (Yu et al. 2022).
type Explainer struct {
	summary *forestSummary
	idle    sync.Pool // of attributions
}

// Explainer returns an Explainer of f's predictions. It takes about 24 bytes a node, and about the time of a few
// predictions of a large batch. It returns ErrNoCover if f was fitted with Config.NoCover.
func (f *Forest) Explainer() (*Explainer, error) {
	if !f.hasCover() {
		return nil, ErrNoCover
	}
	e := &Explainer{summary: summarize(f)}
	e.idle.New = func() any { return newAttribution(e.summary) }
	return e, nil
}

// Base returns the prediction for a row of which nothing is known, in the unit of the target: contributions are
// relative to it.
func (e *Explainer) Base() float64 { return e.summary.base }

// ExplainRow stores in dst, by column, the contribution of each to the prediction for row, in the unit of the target,
// and returns it: together with Base they sum to PredictRow, up to rounding. NaN is a value like others, that of an
// unknown feature. A nil dst is allocated; otherwise it does not allocate once warm. It panics if len(row) is not the
// forest's number of columns, or if dst is neither nil nor as long as row.
func (e *Explainer) ExplainRow(dst, row []float64) []float64 {
	if len(row) != e.summary.f.columns {
		panic(panicFeatures)
	}
	dst = reuseSlice(dst, e.summary.f.columns)
	a := e.idle.Get().(*attribution)
	defer e.idle.Put(a)
	a.explain(dst, row)
	return dst
}

// Explain stores ExplainRow of every row of x in the same row of dst and returns it. A nil dst is allocated, an empty
// one resized. Large x are handled in parallel. It panics if x has not the forest's number of columns, or if dst has
// another shape than x.
func (e *Explainer) Explain(dst *mat.Dense, x mat.Matrix) *mat.Dense {
	rows, columns := x.Dims()
	if columns != e.summary.f.columns {
		panic(panicFeatures)
	}
	dst = reuseDense(dst, rows, columns)
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
