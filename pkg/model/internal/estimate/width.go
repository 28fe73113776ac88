package estimate

import "vmmp/pkg/migration"

// Widths says how wide the 90 % interval is, as a logarithm, for somebody who knows a set of features: a linear model
// of what is known, and of which pairs are known together, for either learner of the downtime. It is learned from the
// out-of-bag intervals of all masked training rows, so that it answers in no time what would else take a forest for
// each feature that might be measured.
type Widths [2][]float64

// WidthTerms appends the terms of the model to dst: one, each feature, each pair.
func WidthTerms(dst []float64, known migration.Set) []float64 {
	dst = append(dst, 1)
	for f := range migration.Feature(LearnedCount) {
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

// Of returns the logarithm of the width; false where that was not learned.
func (w Widths) Of(known migration.Set) (float64, bool) {
	coefficients := w[WithoutPhysics]
	if Computable(known) {
		coefficients = w[WithPhysics]
	}
	if coefficients == nil {
		return 0, false
	}
	known &= Learned
	sum := coefficients[0]
	for f := range known.All() {
		own := termOf(f)
		sum += coefficients[own]
		for g := range known.All() {
			if g >= f {
				break
			}
			sum += coefficients[own+1+int(g)]
		}
	}
	return sum, true
}

// termOf returns the place of a feature among WidthTerms; those of its pairs with the features before it follow.
func termOf(f migration.Feature) int { return 1 + int(f)*(int(f)+1)/2 }

// Valid reports whether w has its coefficients, or none.
func (w Widths) Valid() bool {
	n := len(WidthTerms(nil, 0))
	return (w[0] == nil || len(w[0]) == n) && (w[1] == nil || len(w[1]) == n)
}
