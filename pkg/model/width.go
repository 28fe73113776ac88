package model

import (
	"gonum.org/v1/gonum/mat"

	"vmmp/pkg/migration"
)

// widths says how wide the 90 % interval is, as a logarithm, for somebody who
// knows a set of features: a linear model of what is known, and of which pairs are
// known together, for either learner of the downtime. It is learned from the
// out-of-bag intervals of all masked training rows, so that it answers in no time
// what would else take a forest for each feature that might be measured.
type widths [2][]float64

// widthRow is one out-of-bag interval.
type widthRow struct {
	known migration.Set
	log   float64
}

// leastWidth keeps the logarithm of an interval finite that has no width, because
// all truths were one value.
const leastWidth = 1e-3

// widthRidge is the strength, in rows, with which coefficients are drawn to zero:
// enough that a pair which few rows know says nothing.
const widthRidge = 20

// widthTerms appends the terms of the model: one, each feature, each pair.
func widthTerms(dst []float64, known migration.Set) []float64 {
	dst = append(dst, 1)
	for f := range migration.Feature(migration.Count) {
		dst = append(dst, indicator(known.Has(f)))
		for g := range f {
			dst = append(dst, indicator(known.Has(f) && known.Has(g)))
		}
	}
	return dst
}

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// learnWidths fits the model of one learner by ridge regression; nil where there
// is nothing to fit.
func learnWidths(rows []widthRow) []float64 {
	if len(rows) == 0 {
		return nil
	}
	n := len(widthTerms(nil, 0))
	gram, moment := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	terms := make([]float64, 0, n)
	for _, row := range rows {
		terms = widthTerms(terms[:0], row.known)
		v := mat.NewVecDense(n, terms)
		gram.SymRankOne(gram, 1, v)
		moment.AddScaledVec(moment, row.log, v)
	}
	for i := range n {
		ridge := float64(widthRidge)
		if i == 0 {
			ridge = 1e-6 // the mean is not drawn to zero
		}
		gram.SetSym(i, i, gram.At(i, i)+ridge)
	}
	var cholesky mat.Cholesky
	var solved mat.VecDense
	if !cholesky.Factorize(gram) || cholesky.SolveVecTo(&solved, moment) != nil {
		return nil
	}
	coefficients := make([]float64, n)
	for i := range coefficients {
		coefficients[i] = roundTo(solved.AtVec(i))
	}
	return coefficients
}

// of is the logarithm of the width; false where that was not learned.
func (w widths) of(known migration.Set) (float64, bool) {
	side := withoutPhysics
	if computable(known) {
		side = withPhysics
	}
	if w[side] == nil {
		return 0, false
	}
	sum := w[side][0]
	for f := range known.All() {
		own := termOf(f)
		sum += w[side][own]
		for g := range known.All() {
			if g >= f {
				break
			}
			sum += w[side][own+1+int(g)]
		}
	}
	return sum, true
}

// termOf is the place of a feature among widthTerms; those of its pairs with the
// features before it follow.
func termOf(f migration.Feature) int { return 1 + int(f)*(int(f)+1)/2 }

// valid says whether w has its coefficients, or none.
func (w widths) valid() bool {
	n := len(widthTerms(nil, 0))
	return (w[0] == nil || len(w[0]) == n) && (w[1] == nil || len(w[1]) == n)
}
