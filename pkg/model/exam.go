package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// exam is a set of held-out migrations with what was predicted of them.
type exam struct {
	known     []migration.Features
	actual    []float64
	forecasts []evaluate.Forecast
	noiseless []float64
}

func (e *exam) add(other exam) {
	e.known = append(e.known, other.known...)
	e.actual = append(e.actual, other.actual...)
	e.forecasts = append(e.forecasts, other.forecasts...)
}

// score is nil without rows.
func (e *exam) score() *evaluate.Metrics {
	if len(e.actual) == 0 {
		return nil
	}
	s := evaluate.Score(e.actual, e.forecasts)
	return &s
}

// asked asks the model about the examples whose outcome tells the quantity. The
// answers are those for the world that the rows come from: the allowance for what
// simulation leaves out is made for the real world, not for them.
func (m *Model) asked(test []Example, target evaluate.Target) exam {
	return m.askedMasked(test, target, func(int) migration.Set { return migration.Everything })
}

func (m *Model) askedMasked(test []Example, target evaluate.Target, mask func(i int) migration.Set) exam {
	r, quantity := &m.downtime, downtimeMS
	if target == evaluate.TotalTime {
		r, quantity = &m.total, totalTimeMS
	}
	var e exam
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		if y, ok := quantity(outcome); ok && r.forest != nil {
			e.known, e.actual = append(e.known, x), append(e.actual, max(y, leastMS))
			e.noiseless = append(e.noiseless, test[i].NoiselessMS)
		}
	}
	e.forecasts = make([]evaluate.Forecast, len(e.known))
	parallel(len(e.known), func(b *buffers, i int) { e.forecasts[i] = m.forecast(b, r, e.known[i]) })
	return e
}

// forecast is one regressor's answer.
func (m *Model) forecast(b *buffers, r *regressor, x migration.Features) evaluate.Forecast {
	p := analyse(x)
	c := classOf(x.Known(), m.usual, &p)
	b.row = vector(b.row[:0], x, &p)
	r.predict(&b.distribution, b, b.row, &p, c)
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
	for i := range test {
		x, outcome := test[i].masked(mask(i))
		if y, ok := switchedOver(outcome); ok {
			known, happened = append(known, x), append(happened, y == 1)
		}
	}
	probability := make([]float64, len(known))
	parallel(len(known), func(b *buffers, i int) { probability[i] = m.convergenceOf(b, known[i]) })
	share := 0.0
	for _, h := range happened {
		if h {
			share += 1 / float64(len(happened))
		}
	}
	return ConvergenceMetrics{
		Rows: len(known), Converged: evaluate.Number(share),
		Brier:       evaluate.Number(evaluate.Brier(probability, happened)),
		AUC:         evaluate.Number(evaluate.AUC(probability, happened)),
		Calibration: evaluate.Number(evaluate.CalibrationError(probability, happened, 10)),
	}
}

// convergenceOf is the probability of switching over, and nothing else.
func (m *Model) convergenceOf(b *buffers, x migration.Features) float64 {
	p := analyse(x)
	b.row = vector(b.row[:0], x, &p)
	return m.converge.probability(b.row, classOf(x.Known(), m.usual, &p))
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
// limit, for limits drawn around the prediction, where the question is open.
func (m *Model) withinLimit(test []Example, mask func(i int) migration.Set, seed uint64) evaluate.Number {
	probability, happened := make([]float64, len(test)), make([]bool, len(test))
	parallel(len(test), func(b *buffers, i int) {
		x, outcome := test[i].masked(mask(i))
		a := m.inWorld(b, x)
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		limit := math.Exp(a.downtime.center() + (2*r.Float64()-1)*math.Log(3))
		probability[i] = a.within(limit)
		y, ok := downtimeMS(outcome)
		happened[i] = ok && y <= limit
	})
	return evaluate.Number(evaluate.CalibrationError(probability, happened, 10))
}

// ceiling scores the noiseless downtime of simulated rows, nil without any.
func ceiling(test []Example) *evaluate.Metrics {
	var e exam
	for i := range test {
		y, ok := downtimeMS(test[i].Outcome)
		if truth := test[i].NoiselessMS; ok && !math.IsNaN(truth) {
			e.actual = append(e.actual, max(y, leastMS))
			e.forecasts = append(e.forecasts, evaluate.Forecast{Point: truth, Lower: math.NaN(), Upper: math.NaN(), Confidence: math.NaN()})
			for i := range e.forecasts[len(e.forecasts)-1].Quantiles {
				e.forecasts[len(e.forecasts)-1].Quantiles[i] = math.NaN()
			}
		}
	}
	return e.score()
}

// baselines scores the baselines on the same rows, each with the residual
// distribution that it had on the training rows.
func baselines(train []Example, held exam) (map[string]*evaluate.Metrics, error) {
	var x []migration.Features
	var y []float64
	for i := range train {
		if ms, ok := downtimeMS(train[i].Outcome); ok {
			x, y = append(x, train[i].Features), append(y, max(ms, leastMS))
		}
	}
	scores := map[string]*evaluate.Metrics{}
	for name, fit := range map[string]func([]migration.Features, []float64) (*evaluate.Baseline, error){
		"median": evaluate.Median, "linear": evaluate.Linear,
		"precopy": func(x []migration.Features, y []float64) (*evaluate.Baseline, error) {
			return evaluate.Precopy(evaluate.Downtime, x, y)
		},
	} {
		b, err := fit(x, y)
		if err != nil {
			return nil, fmt.Errorf("baseline %s: %w", name, err)
		}
		e := exam{actual: held.actual}
		for _, known := range held.known {
			e.forecasts = append(e.forecasts, b.Forecast(known))
		}
		scores[name] = e.score()
	}
	return scores, nil
}

// mostPermuted bounds the rows on which importance is measured.
const mostPermuted = 2000

// permuted measures the importance of each feature: its values are shuffled among
// the held-out rows, physics and all, and the model is asked again.
func (m *Model) permuted(ctx context.Context, held exam, seed uint64) ([]Importance, error) {
	n := min(len(held.known), mostPermuted)
	before := m.logMSE(held.known[:n], held.actual)
	importance := []Importance{}
	for f := range migration.Feature(migration.Count) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("measure importance: %w", err)
		}
		if m.schema[f].Rows == 0 {
			continue
		}
		shuffled := make([]migration.Features, n)
		for i, j := range rand.New(rand.NewPCG(seed, uint64(f))).Perm(n) {
			shuffled[i] = held.known[i].With(f, held.known[j])
		}
		rise := m.logMSE(shuffled, held.actual) - before
		importance = append(importance, Importance{f.String(), evaluate.Number(rise)})
	}
	return importance, nil
}

// logMSE is the mean squared error of the predicted logarithm.
func (m *Model) logMSE(known []migration.Features, actual []float64) float64 {
	squared := make([]float64, len(known))
	parallel(len(known), func(b *buffers, i int) {
		off := m.logDowntime(b, known[i]) - logMS(actual[i])
		squared[i] = off * off
	})
	sum := 0.0
	for _, s := range squared {
		sum += s
	}
	return sum / float64(max(1, len(known)))
}
