package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// exam is a set of held-out migrations with what was predicted of them.
type exam struct {
	known     []migration.Features
	actual    []float64
	forecasts []evaluate.Forecast
	asked     []answerer // who forecast each
}

func (e *exam) add(other exam) {
	e.known = append(e.known, other.known...)
	e.actual = append(e.actual, other.actual...)
	e.forecasts = append(e.forecasts, other.forecasts...)
	e.asked = append(e.asked, other.asked...)
}

// score is nil without rows.
func (e *exam) score() *evaluate.Metrics {
	if len(e.actual) == 0 {
		return nil
	}
	s := evaluate.Score(e.actual, e.forecasts)
	return &s
}

// asked asks the model about the examples whose outcome tells the quantity.
func (m *Model) asked(test []Example, target evaluate.Target) exam {
	return m.askedMasked(test, target, func(int) migration.Set { return migration.Everything })
}

func (m *Model) askedMasked(test []Example, target evaluate.Target, mask func(i int) migration.Set) exam {
	quantity := downtimeMS
	if target == evaluate.TotalTime {
		quantity = totalTimeMS
	}
	var e exam
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		of := m.examinee(&test[i], x)
		if y, ok := quantity(outcome); ok && !of.regressor(target).empty() {
			e.known, e.actual = append(e.known, x), append(e.actual, max(y, leastMS))
			e.asked = append(e.asked, of)
		}
	}
	e.forecast(target)
	return e
}

// forecast asks everybody.
func (e *exam) forecast(target evaluate.Target) {
	e.forecasts = make([]evaluate.Forecast, len(e.known))
	parallel(len(e.known), func(b *buffers, i int) {
		e.forecasts[i] = e.asked[i].forecast(b, target, e.known[i])
	})
}

// forecast is the answer about one quantity. To total times nothing is carried over.
func (from answerer) forecast(b *buffers, target evaluate.Target, x migration.Features) evaluate.Forecast {
	p, c := from.asks(b, x)
	r := from.regressor(target)
	r.predict(&b.distribution, b, b.row, &p, c)
	if target == evaluate.Downtime {
		from.transfer.carry(&b.distribution)
	}
	return r.forecast(&b.distribution, c)
}

// convergence scores the probability of switching over.
func (m *Model) convergence(test []Example) *ConvergenceMetrics {
	s := m.convergenceMasked(test, func(int) migration.Set { return migration.Everything })
	return &s
}

func (m *Model) convergenceMasked(test []Example, mask func(i int) migration.Set) ConvergenceMetrics {
	var known []migration.Features
	var happened []bool
	var asked []answerer
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		if y, ok := switchedOver(outcome); ok {
			known, happened, asked = append(known, x), append(happened, y == 1), append(asked, m.examinee(&test[i], x))
		}
	}
	probability := make([]float64, len(known))
	parallel(len(known), func(b *buffers, i int) { probability[i] = asked[i].convergence(b, known[i]) })
	return ConvergenceMetrics{
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
func (m *Model) onPattern(p Pattern, test []Example, seed uint64) PatternMetrics {
	mask := func(i int) migration.Set { return p.Mask(^seed, uint64(i)) }
	e := m.askedMasked(test, evaluate.Downtime, mask)
	metrics := evaluate.Score(e.actual, e.forecasts)
	return PatternMetrics{p.Name, metrics, m.convergenceMasked(test, mask), m.withinLimit(test, mask, seed)}
}

// withinLimit is the calibration error of the probability of staying under a
// limit, for limits drawn around the prediction, where the question is open. Rows
// that do not tell the answer are left out.
func (m *Model) withinLimit(test []Example, mask func(i int) migration.Set, seed uint64) prediction.Number {
	var known []migration.Features
	var pause []float64 // infinite where pre-copy did not switch over
	var asked []answerer
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		y, paused := downtimeMS(outcome)
		if converged, told := switchedOver(outcome); told && converged == 0 {
			y, paused = math.Inf(1), true
		}
		if paused {
			known, pause, asked = append(known, x), append(pause, y), append(asked, m.examinee(&test[i], x))
		}
	}
	probability, happened := make([]float64, len(known)), make([]bool, len(known))
	parallel(len(known), func(b *buffers, i int) {
		a := asked[i].answer(b, known[i])
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		limit := inMS(a.downtime.center() + (2*r.Float64()-1)*math.Log(3))
		probability[i], happened[i] = a.within(limit), pause[i] <= limit
	})
	return prediction.Number(evaluate.CalibrationError(probability, happened, 10))
}

// ceiling scores the noiseless downtime of simulated rows, which has no interval
// and no confidence; nil without any.
func ceiling(test []Example) *evaluate.Metrics {
	var e exam
	for i := range test {
		y, ok := downtimeMS(test[i].Outcome)
		if truth := test[i].NoiselessMS; ok && !math.IsNaN(truth) {
			e.actual = append(e.actual, max(y, leastMS))
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

// askBaselines adds to exams what each baseline says of the held-out rows, given
// the residual distribution that it had on the training rows.
func askBaselines(exams map[string]*exam, train []Example, held exam) error {
	var x []migration.Features
	var y []float64
	for i := range train {
		if ms, ok := downtimeMS(train[i].Outcome); ok {
			x, y = append(x, train[i].Features), append(y, max(ms, leastMS))
		}
	}
	for name, fit := range baselineFits {
		b, err := fit(x, y)
		if err != nil {
			return fmt.Errorf("baseline %s: %w", name, err)
		}
		if exams[name] == nil {
			exams[name] = &exam{}
		}
		e := exam{actual: held.actual, forecasts: make([]evaluate.Forecast, len(held.known))}
		for i, known := range held.known {
			e.forecasts[i] = b.Forecast(known)
		}
		exams[name].add(e)
	}
	return nil
}

// scoreAll scores every exam.
func scoreAll(exams map[string]*exam) map[string]*evaluate.Metrics {
	scores := map[string]*evaluate.Metrics{}
	for name, e := range exams {
		scores[name] = e.score()
	}
	return scores
}

// mostPermuted bounds the rows on which importance is measured.
const mostPermuted = 2000

// permuted measures the importance of each feature: its values are shuffled among
// the held-out rows, physics and all, and the model is asked again.
func (m *Model) permuted(ctx context.Context, held exam, seed uint64) ([]Importance, error) {
	n := min(len(held.known), mostPermuted)
	before := held.logMSE(held.known[:n])
	importance := []Importance{}
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
		importance = append(importance, Importance{f.String(), prediction.Number(rise)})
	}
	return importance, nil
}

// logMSE is the mean squared error of the predicted logarithm where the experts know
// this of the VMs.
func (e *exam) logMSE(known []migration.Features) float64 {
	squared := make([]float64, len(known))
	parallel(len(known), func(b *buffers, i int) {
		off := e.asked[i].logDowntime(b, known[i]) - logMS(e.actual[i])
		squared[i] = off * off
	})
	sum := 0.0
	for _, s := range squared {
		sum += s
	}
	return sum / float64(max(1, len(known)))
}
