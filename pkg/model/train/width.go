package train

import (
	"gonum.org/v1/gonum/mat"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

// widthRow is one out-of-bag interval.
type widthRow struct {
	known migration.Set
	log   float64
}

// leastWidth keeps the logarithm of an interval finite that has no width, because all truths were one value.
const leastWidth = 1e-3

// widthRidge is the strength, in rows, with which coefficients are drawn to zero: enough that a pair which few rows
// know says nothing.
const widthRidge = 20

// learnWidths fits the model of one learner by ridge regression; nil where there is nothing to fit.
func learnWidths(rows []widthRow) []float64 {
	if len(rows) == 0 {
		return nil
	}
	n := len(estimate.WidthTerms(nil, 0))
	gram, moment := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	terms := make([]float64, 0, n)
	for _, row := range rows {
		terms = estimate.WidthTerms(terms[:0], row.known)
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
		coefficients[i] = estimate.Rounded(solved.AtVec(i))
	}
	return coefficients
}
