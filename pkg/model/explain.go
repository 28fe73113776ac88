package model

import (
	"math"
	"math/bits"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// Explain divides the predicted downtime among the known features and returns the factor of each. It calls the model
// 2^n times for n known features, on all processors.
func (m *Model) Explain(x migration.Features) prediction.Explanation {
	var known []migration.Feature
	for f := range x.Known().All() {
		known = append(known, f)
	}
	answers := make([]float64, 1<<len(known))
	estimate.Parallel(len(answers), func(b *estimate.Buffers, subset int) {
		known := x.Only(pick(known, subset))
		from := m.experts.Estimator(known)
		answers[subset] = from.LogDowntime(b, known)
	})
	e := prediction.Explanation{
		Base: estimate.InMS(answers[0]), Prediction: estimate.InMS(answers[len(answers)-1]),
		Contributions: []prediction.Contribution{},
	}
	for i, phi := range shapley(answers, len(known)) {
		e.Contributions = append(e.Contributions, prediction.Contribution{
			Feature: known[i].String(), Value: x.Value(known[i]), Factor: math.Exp(phi),
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

// shapley returns the Shapley value of each of n players, given the value of every subset, indexed by its bits: the
// mean over all orders of arrival of what a player adds on arriving.
func shapley(value []float64, n int) []float64 {
	weight := make([]float64, n) // of a coalition by its size: size! (n-1-size)! / n!
	for size := range weight {
		weight[size] = 1 / (float64(n) * binomial(n-1, size))
	}
	phi := make([]float64, n)
	for subset := range value {
		w := bits.OnesCount(uint(subset))
		for i := range n {
			if subset&(1<<i) == 0 {
				phi[i] += weight[w] * (value[subset|1<<i] - value[subset])
			}
		}
	}
	return phi
}

func binomial(n, k int) float64 {
	b := 1.0
	for i := range k {
		b = b * float64(n-i) / float64(i+1)
	}
	return b
}
