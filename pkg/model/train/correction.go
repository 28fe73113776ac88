package train

import (
	"gonum.org/v1/gonum/stat"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/model/internal/estimate"
)

// unknownSigma is the error, in the logarithm, that simulated answers have in the real world beyond what they know of,
// until real rows measure it: on 361 real migrations of unseen workloads the analytic model was 20.1 % off in the
// median (sigma 0.30), of which repeated settings explain 10 % (sigma 0.15).
const unknownSigma = 0.26

// learnCorrection learns what the answers of the prior are corrected by: how far it was off at other sites, or what was
// doubted of it before where there are none, and the outcomes of the site.
func learnCorrection(es *estimate.Experts, examples []Example, doubted float64) estimate.Correction {
	if es.Prior == nil {
		return estimate.Correction{}
	}
	sigma := doubted
	if sites := bySite(examples); len(sites) > 0 {
		sigma = learnDoubt(es, sites, doubted)
	}
	return es.LearnCorrection(sigma, outcomesOf(examples))
}

// outcomesOf returns what the migrations of the site tell.
func outcomesOf(examples []Example) []estimate.Outcome {
	var outcomes []estimate.Outcome
	for i := range examples {
		if e := &examples[i]; e.origin() == estimate.FromSite && e.Outcome.SwitchedOver() {
			outcomes = append(outcomes, estimate.Outcome{
				Features: e.Features, DowntimeMS: e.Outcome.DowntimeMS, TotalTimeMS: e.Outcome.TotalTimeMS,
			})
		}
	}
	return outcomes
}

// bySite returns the examples of other sites, each site's by themselves, in the order in which they come.
func bySite(examples []Example) [][]Example {
	var sites [][]Example
	index := map[string]int{}
	for _, e := range examples {
		if e.origin() != estimate.FromOthers {
			continue
		}
		i, ok := index[e.Elsewhere]
		if !ok {
			i = len(sites)
			index[e.Elsewhere], sites = i, append(sites, nil)
		}
		sites[i] = append(sites[i], e)
	}
	return sites
}

// doubts are the sigmas that learnDoubt tries.
const (
	doubtStep = 0.02
	mostDoubt = 1
)

// learnDoubt returns the least sigma by which the answers of the prior must be widened so that their 90 % intervals
// hold nine in ten downtimes in the mean of the sites, whatever the number of rows that each has; what was doubted
// before where none tells any.
func learnDoubt(es *estimate.Experts, sites [][]Example, doubted float64) float64 {
	for sigma := 0.0; sigma < mostDoubt; sigma += doubtStep {
		unknown := ofUnknownSite(es, sigma)
		var held []float64
		for _, site := range sites {
			h := predict(&unknown, site, evaluate.Downtime)
			if s := h.score(); s != nil {
				held = append(held, float64(s.Coverage90))
			}
		}
		if len(held) == 0 {
			return doubted
		}
		if stat.Mean(held, nil) >= 0.9 {
			return estimate.Rounded(sigma)
		}
	}
	return mostDoubt
}

// ofUnknownSite returns the experts of a model that knows no outcome of the site it is asked about, widened by sigma.
func ofUnknownSite(es *estimate.Experts, sigma float64) estimate.Experts {
	return estimate.Experts{Prior: es.Prior, Correction: estimate.Correction{Sigma: sigma}, Schema: es.Schema}
}
