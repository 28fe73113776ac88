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

// assessment is a set of held-out migrations with what was predicted of them.
type assessment struct {
	known     []migration.Features
	actual    []float64
	forecasts []evaluate.Forecast
	by        []estimate.Estimator // who forecast each
}

func (a *assessment) add(other assessment) {
	a.known = append(a.known, other.known...)
	a.actual = append(a.actual, other.actual...)
	a.forecasts = append(a.forecasts, other.forecasts...)
	a.by = append(a.by, other.by...)
}

// score returns the metrics, nil without rows.
func (a *assessment) score() *evaluate.Metrics {
	if len(a.actual) == 0 {
		return nil
	}
	s := evaluate.Score(a.actual, a.forecasts)
	return &s
}

// estimator returns who is assessed on what is known of an example. Of one that really happened it is who would have
// answered its operator. Of a simulated one it is the expert for that domain as it is: an adaptation is for the real
// world.
func estimator(es *estimate.Experts, e *Example, known migration.Features) estimate.Estimator {
	if e.measured() {
		return es.Estimator(known)
	}
	return estimate.Estimator{Expert: es.Of(false), Support: prediction.Simulated}
}

// unmasked masks nothing of any row.
func unmasked(int) migration.Set { return migration.Everything }

// ask asks the experts about the examples whose outcome tells the quantity.
func ask(es *estimate.Experts, test []Example, target evaluate.Target) assessment {
	return askMasked(es, test, target, unmasked)
}

func askMasked(es *estimate.Experts, test []Example, target evaluate.Target, mask func(i int) migration.Set) assessment {
	quantity := downtimeMS
	if target == evaluate.TotalTime {
		quantity = totalTimeMS
	}
	var a assessment
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		of := estimator(es, &test[i], x)
		if y, ok := quantity(outcome); ok && !of.Regressor(target).Empty() {
			a.known, a.actual = append(a.known, x), append(a.actual, max(y, prediction.LeastMS))
			a.by = append(a.by, of)
		}
	}
	a.forecast(target)
	return a
}

// forecast asks everybody.
func (a *assessment) forecast(target evaluate.Target) {
	a.forecasts = make([]evaluate.Forecast, len(a.known))
	estimate.Parallel(len(a.known), func(b *estimate.Buffers, i int) {
		a.forecasts[i] = a.by[i].Forecast(b, target, a.known[i])
	})
}

// convergence scores the probability of switching over.
func convergence(es *estimate.Experts, test []Example, mask func(i int) migration.Set) *model.ConvergenceMetrics {
	var known []migration.Features
	var happened []bool
	var by []estimate.Estimator
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		if y, ok := switchedOver(outcome); ok {
			known, happened, by = append(known, x), append(happened, y == 1), append(by, estimator(es, &test[i], x))
		}
	}
	probability := make([]float64, len(known))
	estimate.Parallel(len(known), func(b *estimate.Buffers, i int) { probability[i] = by[i].Convergence(b, known[i]) })
	return &model.ConvergenceMetrics{
		Rows: len(known), Converged: prediction.Number(shareOf(happened)),
		Brier:       prediction.Number(evaluate.Brier(probability, happened)),
		AUC:         prediction.Number(evaluate.AUC(probability, happened)),
		Calibration: prediction.Number(evaluate.CalibrationError(probability, happened, 10)),
		Wrong:       prediction.Number(wrongVerdicts(probability, happened)),
	}
}

// wrongVerdicts is how often the likelier of the two did not happen, NaN without
// rows.
func wrongVerdicts(probability []float64, happened []bool) float64 {
	wrong := make([]bool, len(happened))
	for i, p := range probability {
		wrong[i] = (p >= 0.5) != happened[i]
	}
	return shareOf(wrong)
}

// shareOf is how often an event happened, NaN without rows.
func shareOf(happened []bool) float64 {
	n := 0.0
	for _, h := range happened {
		if h {
			n++
		}
	}
	return n / float64(len(happened))
}

// onPattern scores the model on the test rows as somebody of that pattern knows
// them.
func onPattern(es *estimate.Experts, p Pattern, test []Example, seed uint64) model.PatternMetrics {
	mask := func(i int) migration.Set { return p.Mask(^seed, uint64(i)) }
	a := askMasked(es, test, evaluate.Downtime, mask)
	return model.PatternMetrics{
		Pattern: p.Name, Metrics: evaluate.Score(a.actual, a.forecasts),
		Convergence: *convergence(es, test, mask), WithinLimit: withinLimit(es, test, mask, seed),
	}
}

// withinLimit is the calibration error of the probability of staying under a
// limit, for limits drawn around the prediction, where the question is open. Rows
// that do not tell the answer are left out.
func withinLimit(es *estimate.Experts, test []Example, mask func(i int) migration.Set, seed uint64) prediction.Number {
	var known []migration.Features
	var pause []float64 // infinite where pre-copy did not switch over
	var by []estimate.Estimator
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		y, paused := downtimeMS(outcome)
		if converged, told := switchedOver(outcome); told && converged == 0 {
			y, paused = math.Inf(1), true
		}
		if paused {
			known, pause, by = append(known, x), append(pause, y), append(by, estimator(es, &test[i], x))
		}
	}
	probability, happened := make([]float64, len(known)), make([]bool, len(known))
	estimate.Parallel(len(known), func(b *estimate.Buffers, i int) {
		a := by[i].Answer(b, known[i])
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		limit := estimate.InMS(a.Downtime.Center() + (2*r.Float64()-1)*math.Log(3))
		probability[i], happened[i] = a.Within(limit), pause[i] <= limit
	})
	return prediction.Number(evaluate.CalibrationError(probability, happened, 10))
}

// ceiling scores the noiseless downtime of simulated rows, which has no interval
// and no confidence; nil without any.
func ceiling(test []Example) *evaluate.Metrics {
	var e assessment
	for i := range test {
		y, ok := downtimeMS(test[i].Outcome)
		if truth := test[i].NoiselessMS; ok && !math.IsNaN(truth) {
			e.actual = append(e.actual, max(y, prediction.LeastMS))
			e.forecasts = append(e.forecasts, evaluate.Forecast{Point: truth})
		}
	}
	s := e.score()
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

// askBaselines adds to assessments what each baseline says of the held-out rows, given
// the residual distribution that it had on the training rows.
func askBaselines(assessments map[string]*assessment, train []Example, held assessment) error {
	var x []migration.Features
	var y []float64
	for i := range train {
		if ms, ok := downtimeMS(train[i].Outcome); ok {
			x, y = append(x, train[i].Features), append(y, max(ms, prediction.LeastMS))
		}
	}
	for name, fit := range baselineFits {
		b, err := fit(x, y)
		if err != nil {
			return fmt.Errorf("baseline %s: %w", name, err)
		}
		if assessments[name] == nil {
			assessments[name] = &assessment{}
		}
		e := assessment{actual: held.actual, forecasts: make([]evaluate.Forecast, len(held.known))}
		for i, known := range held.known {
			e.forecasts[i] = b.Forecast(known)
		}
		assessments[name].add(e)
	}
	return nil
}

// scoreAll scores every assessment.
func scoreAll(assessments map[string]*assessment) map[string]*evaluate.Metrics {
	scores := map[string]*evaluate.Metrics{}
	for name, e := range assessments {
		scores[name] = e.score()
	}
	return scores
}

// mostPermuted bounds the rows on which importance is measured.
const mostPermuted = 2000

// permuted measures the importance of each feature: its values are shuffled among
// the held-out rows, physics and all, and the model is asked again.
func permuted(ctx context.Context, held assessment, seed uint64) ([]model.Importance, error) {
	n := min(len(held.known), mostPermuted)
	before := held.logMSE(held.known[:n])
	importance := []model.Importance{}
	for f := range migration.Feature(migration.Count) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("measure importance: %w", err)
		}
		if !slices.ContainsFunc(held.known, func(x migration.Features) bool { return x.Known().Has(f) }) {
			continue
		}
		shuffled := make([]migration.Features, n)
		for i, j := range rand.New(rand.NewPCG(seed, uint64(f))).Perm(n) {
			shuffled[i] = held.known[i].With(f, held.known[j])
		}
		rise := held.logMSE(shuffled) - before
		importance = append(importance, model.Importance{Feature: f.String(), Permutation: prediction.Number(rise)})
	}
	return importance, nil
}

// logMSE returns the mean squared error of the predicted logarithm where the experts know
// this of the VMs.
func (a *assessment) logMSE(known []migration.Features) float64 {
	squared := make([]float64, len(known))
	estimate.Parallel(len(known), func(b *estimate.Buffers, i int) {
		off := a.by[i].LogDowntime(b, known[i]) - estimate.LogMS(a.actual[i])
		squared[i] = off * off
	})
	sum := 0.0
	for _, s := range squared {
		sum += s
	}
	return sum / float64(max(1, len(known)))
}

// adapted scores the answers that real migrations would have got if none had
// been near: how far what simulation says can be trusted. Nil where there are not
// both.
func adapted(es *estimate.Experts, test []Example) *evaluate.Metrics {
	if es.Measured == nil || es.Simulated == nil {
		return nil
	}
	var a assessment
	for i := range test {
		if y, ok := downtimeMS(test[i].Outcome); ok && estimate.Computable(test[i].Features.Known()) {
			a.known, a.actual = append(a.known, test[i].Features), append(a.actual, max(y, prediction.LeastMS))
			a.by = append(a.by, estimate.Estimator{Expert: es.Simulated, Support: prediction.Simulated, Adaptation: es.Adaptation})
		}
	}
	a.forecast(evaluate.Downtime)
	return a.score()
}
