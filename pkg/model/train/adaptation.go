package train

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"vmmp/pkg/model/internal/estimate"
)

// unknownSigma is the error, in the logarithm, that simulated answers have in the real world beyond what they know of,
// until real rows measure it: on 361 real migrations of unseen workloads the analytic model was 20.1 % off in the
// median (sigma 0.30), of which repeated settings explain 10 % (sigma 0.15).
const unknownSigma = 0.26

// learnAdaptation learns from the examples that really happened: the error of the physics on them, and, where the
// simulated expert has not learned from them itself, by what the memory's part of their pauses differs from its answers
// in the median.
func learnAdaptation(es *estimate.Experts, examples []Example) estimate.Adaptation {
	var physics, dirty []float64
	var b estimate.Buffers
	groups, numbers := map[int]bool{}, groupNumbers(examples)
	for i := range examples {
		e := &examples[i]
		y, ok := downtimeMS(e.Outcome)
		p := estimate.Analyse(e.Features)
		if !e.measured() || !ok || !p.Computed {
			continue
		}
		groups[numbers[i]] = true
		physics = append(physics, estimate.LogMS(y)-p.Downtime)
		if es.Measured == nil || es.Simulated == nil {
			continue
		}
		// Where the fixed part is most of the pause, the rest is mostly its noise.
		if answer := estimate.InMS(es.Simulated.LogDowntime(&b, e.Features)); min(y, answer) > 2*estimate.FixedMS {
			dirty = append(dirty, math.Log((y-estimate.FixedMS)/(answer-estimate.FixedMS)))
		}
	}
	// Many migrations of few VMs tell how alike those are, not how far off it is.
	if len(groups) < fewestExamples {
		return estimate.Adaptation{Sigma: unknownSigma}
	}
	a := estimate.Adaptation{Sigma: robustSigma(physics)}
	if len(dirty) >= fewestExamples {
		a.Dirty = rounded(median(dirty))
	}
	return a
}

// robustSigma returns the half-width of the central 68 % of v, which it sorts.
func robustSigma(v []float64) float64 {
	slices.Sort(v)
	return rounded((stat.Quantile(0.84, stat.LinInterp, v, nil) - stat.Quantile(0.16, stat.LinInterp, v, nil)) / 2)
}

// median returns the middle of v, which it sorts.
func median(v []float64) float64 {
	slices.Sort(v)
	return stat.Quantile(0.5, stat.LinInterp, v, nil)
}
