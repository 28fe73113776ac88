package model

import (
	"math"
	"math/bits"
	"slices"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// Explain divides the predicted downtime among the known features and returns the factor of each: the exponentials of
// their Shapley values. Of up to 12 known features it asks the model for each subset, 2^n times; of more it estimates
// the values by 128 orders in which the features become known, about 3000 questions, so that factors differ from the
// exact ones by what three or more features do only together, and still multiply to the prediction. It asks on all
// processors.
func (m *Model) Explain(x migration.Features) prediction.Explanation {
	known := slices.Collect(x.Known().All())
	worth := game(func(coalitions []int) []float64 {
		answers := make([]float64, len(coalitions))
		estimate.Parallel(len(answers), func(b *estimate.Buffers, i int) {
			known := x.Only(pick(known, coalitions[i]))
			from := m.experts.Estimator(known)
			answers[i] = from.LogDowntime(b, known)
		})
		return answers
	})
	base, all, phi := worth.share(len(known))
	e := prediction.Explanation{
		Base: estimate.InMS(base), Prediction: estimate.InMS(all), Contributions: []prediction.Contribution{},
	}
	for i, f := range known {
		e.Contributions = append(e.Contributions, prediction.Contribution{
			Feature: f.String(), Value: x.Value(f), Factor: math.Exp(phi[i]),
		})
	}
	return e
}

// pick returns the set of the features whose bit is set in subset.
func pick(features []migration.Feature, subset int) migration.Set {
	var s migration.Set
	for ; subset != 0; subset &= subset - 1 {
		s |= migration.Of(features[bits.TrailingZeros(uint(subset))])
	}
	return s
}
