package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// heldOut holds migrations with what was predicted of them by forests that had not seen them.
type heldOut struct {
	known      []migration.Features
	actual     []float64
	forecasts  []evaluate.Forecast
	estimators []estimate.Estimator // who forecast each
}

func (h *heldOut) add(other heldOut) {
	h.known = append(h.known, other.known...)
	h.actual = append(h.actual, other.actual...)
	h.forecasts = append(h.forecasts, other.forecasts...)
	h.estimators = append(h.estimators, other.estimators...)
}

// score returns the metrics, nil without rows.
func (h *heldOut) score() *evaluate.Metrics {
	if len(h.actual) == 0 {
		return nil
	}
	s := evaluate.Score(h.actual, h.forecasts)
	return &s
}

// estimator returns the one that is assessed on what is known of an example. Of one that really happened it is the one
// that would have answered its operator. Of a simulated one it is the prior as it is: a correction is for the real
// world.
func estimator(es *estimate.Experts, e *Example, known migration.Features) estimate.Estimator {
	if e.origin() != estimate.FromSimulation || es.Prior == nil {
		return es.Estimator(known)
	}
	return estimate.Estimator{Prior: es.Prior, Support: prediction.Simulated}
}

// unmasked masks nothing of any row.
func unmasked(int) migration.Set { return migration.Everything }

// predict returns the forecasts of the experts for the examples whose outcome tells the quantity.
func predict(es *estimate.Experts, test []Example, target evaluate.Target) heldOut {
	return predictMasked(es, test, target, unmasked)
}

// predictMasked does so as somebody who knows only what the mask leaves of each example.
func predictMasked(
	es *estimate.Experts, test []Example, target evaluate.Target, mask func(i int) migration.Set,
) heldOut {
	return predictBy(test, target, mask, func(e *Example, known migration.Features) estimate.Estimator {
		return estimator(es, e, known)
	})
}

// predictBy does so by whom of says.
func predictBy(
	test []Example, target evaluate.Target, mask func(i int) migration.Set,
	of func(*Example, migration.Features) estimate.Estimator,
) heldOut {
	quantity := downtimeMS
	if target == evaluate.TotalTime {
		quantity = totalTimeMS
	}
	var a heldOut
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		from := of(&test[i], x)
		if y, ok := quantity(outcome); ok && from.Tells(target) {
			a.known, a.actual = append(a.known, x), append(a.actual, max(y, prediction.LeastMS))
			a.estimators = append(a.estimators, from)
		}
	}
	a.forecast(target)
	return a
}

// forecast fills in the forecast of each estimator.
func (h *heldOut) forecast(target evaluate.Target) {
	h.forecasts = make([]evaluate.Forecast, len(h.known))
	estimate.Parallel(len(h.known), func(b *estimate.Buffers, i int) {
		h.forecasts[i] = h.estimators[i].Forecast(b, target, h.known[i])
	})
}

// convergence scores the probability of switching over.
func convergence(es *estimate.Experts, test []Example, mask func(i int) migration.Set) *model.ConvergenceMetrics {
	var known []migration.Features
	var happened []bool
	var estimators []estimate.Estimator
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		if y, ok := switchedOver(outcome); ok {
			known, happened = append(known, x), append(happened, y == 1)
			estimators = append(estimators, estimator(es, &test[i], x))
		}
	}
	probability := make([]float64, len(known))
	estimate.Parallel(len(known), func(b *estimate.Buffers, i int) {
		probability[i] = estimators[i].Convergence(b, known[i])
	})
	return &model.ConvergenceMetrics{
		Rows: len(known), Converged: prediction.Number(shareOf(happened)),
		Brier:       prediction.Number(evaluate.Brier(probability, happened)),
		AUC:         prediction.Number(evaluate.AUC(probability, happened)),
		Calibration: prediction.Number(evaluate.CalibrationError(probability, happened, 10)),
		Wrong:       prediction.Number(wrongVerdicts(probability, happened)),
	}
}

// wrongVerdicts returns how often the likelier of the two did not happen, NaN without rows.
func wrongVerdicts(probability []float64, happened []bool) float64 {
	wrong := make([]bool, len(happened))
	for i, p := range probability {
		wrong[i] = (p >= 0.5) != happened[i]
	}
	return shareOf(wrong)
}

// shareOf returns how often an event happened, NaN without rows.
func shareOf(happened []bool) float64 {
	n := 0.0
	for _, h := range happened {
		if h {
			n++
		}
	}
	return n / float64(len(happened))
}

// onPattern scores the model on the test rows as somebody of that pattern knows them.
func onPattern(es *estimate.Experts, p Pattern, test []Example, seed uint64) model.PatternMetrics {
	mask := func(i int) migration.Set { return p.Mask(^seed, uint64(i)) }
	a := predictMasked(es, test, evaluate.Downtime, mask)
	return model.PatternMetrics{
		Pattern: p.Name, Metrics: evaluate.Score(a.actual, a.forecasts),
		Convergence: *convergence(es, test, mask), WithinLimit: withinLimit(es, test, mask, seed),
	}
}

// withinLimit returns the calibration error of the probability of staying under a limit, for limits drawn around the
// prediction, where the question is open. Rows that do not tell the answer are left out.
func withinLimit(es *estimate.Experts, test []Example, mask func(i int) migration.Set, seed uint64) prediction.Number {
	var known []migration.Features
	var pause []float64 // infinite where pre-copy did not switch over
	var estimators []estimate.Estimator
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		y, paused := downtimeMS(outcome)
		if converged, ok := switchedOver(outcome); ok && converged == 0 {
			y, paused = math.Inf(1), true
		}
		if paused {
			known, pause = append(known, x), append(pause, y)
			estimators = append(estimators, estimator(es, &test[i], x))
		}
	}
	probability, happened := make([]float64, len(known)), make([]bool, len(known))
	estimate.Parallel(len(known), func(b *estimate.Buffers, i int) {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		limit := estimate.InMS(estimators[i].LogDowntime(b, known[i]) + (2*r.Float64()-1)*math.Log(3))
		probability[i], happened[i] = estimators[i].Answer(b, known[i], limit).Within, pause[i] <= limit
	})
	return prediction.Number(evaluate.CalibrationError(probability, happened, 10))
}

// ceiling scores the noiseless downtime of simulated rows, which has no interval and no confidence; nil without any.
func ceiling(test []Example) *evaluate.Metrics {
	var h heldOut
	for i := range test {
		y, ok := downtimeMS(test[i].Outcome)
		if truth := test[i].NoiselessMS; ok && !math.IsNaN(truth) {
			h.actual = append(h.actual, max(y, prediction.LeastMS))
			h.forecasts = append(h.forecasts, evaluate.Forecast{Point: truth})
		}
	}
	s := h.score()
	if s != nil {
		unknown := prediction.Number(math.NaN())
		s.CRPS, s.Coverage90, s.MeanConfidence = unknown, unknown, unknown
	}
	return s
}

// baselineFits are the baselines by name.
var baselineFits = map[string]func([]migration.Features, []float64) (*evaluate.Baseline, error){
	"median": evaluate.Median,
	"linear": evaluate.Linear,
	"limit":  evaluate.Limit,
	"precopy": func(x []migration.Features, y []float64) (*evaluate.Baseline, error) {
		return evaluate.Precopy(evaluate.Downtime, x, y)
	},
}

// predictBaselines adds to baselines what each of them predicts of the held-out rows, given the residual distribution
// that it had on the training rows.
func predictBaselines(baselines map[string]*heldOut, training []Example, test heldOut) error {
	var x []migration.Features
	var y []float64
	for i := range training {
		if ms, ok := downtimeMS(training[i].Outcome); ok {
			x, y = append(x, training[i].Features), append(y, max(ms, prediction.LeastMS))
		}
	}
	for name, fit := range baselineFits {
		b, err := fit(x, y)
		if err != nil {
			return fmt.Errorf("baseline %s: %w", name, err)
		}
		if baselines[name] == nil {
			baselines[name] = &heldOut{}
		}
		h := heldOut{actual: test.actual, forecasts: make([]evaluate.Forecast, len(test.known))}
		for i, known := range test.known {
			h.forecasts[i] = b.Forecast(known)
		}
		baselines[name].add(h)
	}
	return nil
}

// scoreAll returns the metrics of every baseline.
func scoreAll(baselines map[string]*heldOut) map[string]*evaluate.Metrics {
	scores := map[string]*evaluate.Metrics{}
	for name, b := range baselines {
		scores[name] = b.score()
	}
	return scores
}

// mostPermuted bounds the rows on which importance is measured.
const mostPermuted = 2000

// permuted returns the permutation importance of each feature: its values are shuffled among the held-out rows, physics
// and all, and the model predicts again.
func permuted(ctx context.Context, test heldOut, seed uint64) ([]model.Importance, error) {
	n := min(len(test.known), mostPermuted)
	before := test.logMSE(test.known[:n])
	importance := []model.Importance{}
	for f := range migration.Feature(estimate.LearnedCount) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("measure importance: %w", err)
		}
		if !slices.ContainsFunc(test.known, func(x migration.Features) bool { return x.Known().Has(f) }) {
			continue
		}
		shuffled := make([]migration.Features, n)
		for i, j := range rand.New(rand.NewPCG(seed, uint64(f))).Perm(n) {
			shuffled[i] = test.known[i].With(f, test.known[j])
		}
		rise := test.logMSE(shuffled) - before
		importance = append(importance, model.Importance{Feature: f.String(), Permutation: prediction.Number(rise)})
	}
	return importance, nil
}

// logMSE returns the mean squared error of the predicted logarithm where the experts know this of the VMs.
func (h *heldOut) logMSE(known []migration.Features) float64 {
	squared := make([]float64, len(known))
	estimate.Parallel(len(known), func(b *estimate.Buffers, i int) {
		off := h.estimators[i].LogDowntime(b, known[i]) - estimate.LogMS(h.actual[i])
		squared[i] = off * off
	})
	sum := 0.0
	for _, s := range squared {
		sum += s
	}
	return sum / float64(max(1, len(known)))
}

// corrected scores the predictions that migrations of the site would have got of the prior alone, corrected by outcomes
// of the site. Nil where there are not both.
func corrected(es *estimate.Experts, test []Example) *evaluate.Metrics {
	if es.Site == nil || es.Prior == nil {
		return nil
	}
	from := estimate.Estimator{Prior: es.Prior, Support: prediction.Site, Correction: es.Correction}
	var known []Example
	for i := range test {
		if estimate.Computable(test[i].Features.Known()) {
			known = append(known, test[i])
		}
	}
	of := func(*Example, migration.Features) estimate.Estimator { return from }
	h := predictBy(known, evaluate.Downtime, unmasked, of)
	return h.score()
}

// assessSites scores the prior on the migrations of each other site, widened by what the remaining ones taught. Nil
// where there is no prior.
func assessSites(es *estimate.Experts, examples []Example) []model.SiteReport {
	if es.Prior == nil {
		return nil
	}
	var reports []model.SiteReport
	sites := bySite(examples)
	for i, site := range sites {
		others := slices.Delete(slices.Clone(sites), i, i+1)
		unknown := ofUnknownSite(es, learnDoubt(es, others, unknownSigma))
		downtime, total := predict(&unknown, site, evaluate.Downtime), predict(&unknown, site, evaluate.TotalTime)
		reports = append(reports, model.SiteReport{
			Site: site[0].Elsewhere, Rows: len(site), Downtime: downtime.score(), TotalTime: total.score(),
			Converge: convergence(&unknown, site, unmasked),
		})
	}
	return reports
}
