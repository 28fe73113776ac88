package estimate

import (
	"math"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Estimator is who answers for one VM: the expert of its site, the corrected prior, or both.
type Estimator struct {
	Own        *Expert // of the site; nil: the prior alone
	Prior      *Expert // nil: the site's alone
	Weight     float64 // of Own; the rest is the prior's
	Correction Correction
	Support    prediction.Support
	Outside    bool // the VM lies beyond all training rows in a way that only the physics can follow
}

// Main returns the expert that has the greater say.
func (from *Estimator) Main() *Expert {
	if from.Own != nil && (from.Prior == nil || from.Weight >= 0.5) {
		return from.Own
	}
	return from.Prior
}

// Tells reports whether any of those who answer has learned of a quantity.
func (from *Estimator) Tells(t evaluate.Target) bool {
	return from.Own != nil && !from.Own.Regressor(t).Empty() || from.Prior != nil && !from.Prior.Regressor(t).Empty()
}

// Answer is what the forests say of one VM.
type Answer struct {
	Downtime  evaluate.Forecast
	Total     evaluate.Forecast // NaN where no training row told
	Converges float64           // probability of switching over by itself, within the timeout if one is known
	Within    float64           // the same with a pause of at most the time that was asked about; NaN if none was
}

// Answer returns what the experts say of a VM, and the probability of a pause within so many ms if that is not zero.
func (from *Estimator) Answer(b *Buffers, x migration.Features, within float64) Answer {
	answer := from.answer
	if late(x) {
		answer = from.answerLate
	}
	a := answer(b, x, within)
	if x.Get(migration.Migratable) == 0 {
		a.Converges, a.Within = 0, min(a.Within, 0)
	}
	return a
}

// answer returns what the experts say of a VM that is moved by one method. Total time, timeout and convergence are one
// distribution: a migration is over in time if it switches over at all and takes no longer than that.
func (from *Estimator) answer(b *Buffers, x migration.Features, within float64) Answer {
	views := from.views(b, x)
	a := Answer{Converges: converges(views), Total: unknown, Within: math.NaN()}
	if d := distribution(b, views, evaluate.TotalTime); d != nil {
		a.Total = forecast(d, views, evaluate.TotalTime, x)
		if timeout := x.Get(migration.TimeoutS) * 1000; timeout < leastTotalMS(x) {
			a.Converges = 0
		} else if !math.IsNaN(timeout) {
			a.Converges *= d.probability(LogMS(timeout))
		}
	}
	d := distribution(b, views, evaluate.Downtime)
	a.Downtime = forecast(d, views, evaluate.Downtime, x)
	a.Total = noShorter(a.Total, a.Downtime)
	if within > 0 {
		a.Within = a.Converges * d.probability(LogMS(within))
	}
	return a
}

// late reports whether x is moved by pre-copy that becomes post-copy at the timeout.
func late(x migration.Features) bool {
	return x.Get(migration.Method) == migration.MethodPostcopyTimeout
}

// answerLate returns what the experts say of a VM that is late. Times are those of whichever is the likelier: pre-copy
// that is over in time, or post-copy after that; probabilities are those of either.
func (from *Estimator) answerLate(b *Buffers, x migration.Features, within float64) Answer {
	timeout := x.Get(migration.TimeoutS)
	x.Set(migration.Method, migration.MethodPrecopy)
	pre := from.answer(b, x, within)
	x.Set(migration.Method, migration.MethodPostcopy)
	x.Set(migration.TimeoutS, math.NaN())
	post := from.answer(b, x, within)
	post.Total = after(post.Total, timeout*1000)
	a := post
	if pre.Converges >= 0.5 || math.IsNaN(timeout) {
		a = pre
	}
	a.Within = pre.Within + (1-pre.Converges)*post.Within
	a.Converges = pre.Converges + (1-pre.Converges)*post.Converges
	return a
}

// LogDowntime returns the logarithm of the predicted downtime in ms, and no more is computed than that needs.
func (from *Estimator) LogDowntime(b *Buffers, x migration.Features) float64 {
	if late(x) {
		return LogMS(from.answerLate(b, x, 0).Downtime.Point)
	}
	sum := 0.0
	for _, v := range from.views(b, x) {
		mean := v.regressor(evaluate.Downtime).Mean(v.row, &v.physics, v.outside)
		sum += v.weight * v.correction.pause().at(mean)
	}
	return sum
}

// Forecast returns the forecast of one quantity, which a training row must have told.
func (from *Estimator) Forecast(b *Buffers, target evaluate.Target, x migration.Features) evaluate.Forecast {
	switch {
	case !late(x):
		views := from.views(b, x)
		return forecast(distribution(b, views, target), views, target, x)
	case target == evaluate.TotalTime:
		return from.answerLate(b, x, 0).Total
	}
	return from.answerLate(b, x, 0).Downtime
}

// Convergence returns the probability of switching over by itself, within the timeout if one is known.
func (from *Estimator) Convergence(b *Buffers, x migration.Features) float64 {
	return from.Answer(b, x, 0).Converges
}
