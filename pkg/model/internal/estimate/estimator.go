package estimate

import (
	"cmp"
	"math"
	"slices"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// Estimator is who answers for one VM: the expert of its site, the corrected prior, or both.
type Estimator struct {
	Own        *Expert // of the site; nil: the prior alone
	Prior      *Expert // nil: the site's alone
	Weight     float64 // of Own; the rest is the prior's
	Correction Correction
	Support    prediction.Support
	Outside    bool // the VM lies beyond what the prior has learned from
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
// Where post-copy begins at the timeout, it is the answer for whichever is the likelier: pre-copy that is over in time,
// or post-copy after that.
func (from *Estimator) Answer(b *Buffers, x migration.Features, within float64) Answer {
	late := x.Get(migration.Method) == migration.MethodPostcopyTimeout
	if late {
		x.Set(migration.Method, migration.MethodPrecopy)
	}
	a := from.answer(b, x, within)
	if timeout := x.Get(migration.TimeoutS); late && a.Converges < 0.5 && !math.IsNaN(timeout) {
		x.Set(migration.Method, migration.MethodPostcopy)
		x.Set(migration.TimeoutS, math.NaN())
		a = from.answer(b, x, within)
		a.Total = floored{a.Total}.after(timeout * 1000)
	} else if late {
		a.Converges = 1
	}
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
		least := leastTotalMS(x)
		a.Total = forecast(d, views, evaluate.TotalTime).atLeast(least)
		if timeout := x.Get(migration.TimeoutS) * 1000; timeout < least {
			a.Converges = 0
		} else if !math.IsNaN(timeout) {
			a.Converges *= d.probability(LogMS(timeout))
		}
	}
	d := distribution(b, views, evaluate.Downtime)
	a.Downtime = forecast(d, views, evaluate.Downtime).Forecast
	a.Total = floored{a.Total}.atLeast(a.Downtime.Point)
	if within > 0 {
		a.Within = a.Converges * d.probability(LogMS(within))
	}
	return a
}

// LogDowntime returns the logarithm of the predicted downtime in ms, and computes nothing else.
func (from *Estimator) LogDowntime(b *Buffers, x migration.Features) float64 {
	sum := 0.0
	for _, v := range from.views(b, x) {
		mean := v.regressor(evaluate.Downtime).Mean(v.row, &v.physics, v.outside)
		sum += v.weight * v.correction.CorrectPause(mean)
	}
	return sum
}

// Forecast returns the forecast of one quantity, which a training row must have told.
func (from *Estimator) Forecast(b *Buffers, target evaluate.Target, x migration.Features) evaluate.Forecast {
	views := from.views(b, x)
	return forecast(distribution(b, views, target), views, target).Forecast
}

// Convergence returns the probability of switching over by itself, within the timeout if one is known.
func (from *Estimator) Convergence(b *Buffers, x migration.Features) float64 {
	return from.Answer(b, x, 0).Converges
}

// view is a VM as one expert sees it.
type view struct {
	expert     *Expert
	weight     float64 // of what the expert says
	correction Correction
	outside    bool
	physics    Physics
	class      Class
	row        []float64 // of columns
}

// views returns x as those see it who answer, without the timeout, which decides nothing before it is over.
func (from *Estimator) views(b *Buffers, x migration.Features) []view {
	x = x.Only(migration.Everything &^ migration.Of(migration.TimeoutS))
	b.views = b.views[:0]
	if from.Own != nil {
		b.see(view{expert: from.Own, weight: from.Weight}, x)
	}
	if from.Prior != nil && from.Weight < 1 {
		b.see(view{
			expert: from.Prior, weight: 1 - from.Weight, correction: from.Correction, outside: from.Outside,
		}, from.Correction.Features(x))
	}
	return b.views
}

// see adds a view of x.
func (b *Buffers) see(v view, x migration.Features) {
	i := len(b.views)
	v.physics, v.class, b.rows[i] = v.expert.Input(b.rows[i], x)
	v.row = b.rows[i]
	b.views = append(b.views, v)
}

// regressor returns the expert's regressor of a quantity.
func (v *view) regressor(t evaluate.Target) *Regressor { return v.expert.Regressor(t) }

// converges returns the probability of switching over by itself, whenever.
func converges(views []view) float64 {
	p := 0.0
	for i := range views {
		v := &views[i]
		if v.outside && v.physics.Computed {
			p += v.weight * v.physics.convergence()
		} else {
			p += v.weight * v.expert.Converge.Probability(v.row, v.class)
		}
	}
	return p
}

// distribution returns what the views together say of a quantity; nil where no training row of any told. Two of them are
// mixed by their quantiles, so that the mixture is no wider than the wider and has one middle.
func distribution(b *Buffers, views []view, t evaluate.Target) *Distribution {
	said, weights := b.said[:0:len(b.said)], 0.0
	for i := range views {
		v := &views[i]
		if r := v.regressor(t); !r.Empty() {
			d := &b.distributions[len(said)]
			r.Predict(d, b, v.row, &v.physics, v.class, v.outside)
			if t == evaluate.Downtime {
				v.correction.apply(d)
			}
			said, weights = append(said, opinion{d, v.weight}), weights+v.weight
		}
	}
	switch len(said) {
	case 0:
		return nil
	case 1:
		return said[0].Distribution
	}
	b.sample = b.sample[:0]
	mean := 0.0
	for i := range mixed {
		p, value := (float64(i)+0.5)/mixed, 0.0
		for _, o := range said {
			value += o.weight / weights * o.quantile(p)
		}
		b.sample = append(b.sample, weighted{value, 1.0 / mixed})
	}
	for _, o := range said {
		mean += o.weight / weights * o.Center()
	}
	d := &b.distributions[len(said)]
	d.reset(b.sample, mean, nil)
	return d
}

// mixed is the number of quantiles that distributions are mixed at.
const mixed = 60

// opinion is what one expert says, with its weight.
type opinion struct {
	*Distribution
	weight float64
}

// forecast returns a distribution in ms, with the confidence that the expert of the greatest weight learned.
func forecast(d *Distribution, views []view, t evaluate.Target) floored {
	main := slices.MaxFunc(views, func(v, w view) int { return cmp.Compare(v.weightIn(t), w.weightIn(t)) })
	return floored{main.regressor(t).Forecast(d, main.class)}
}

// weightIn returns the weight of what the expert says of a quantity, 0 where it says nothing.
func (v *view) weightIn(t evaluate.Target) float64 {
	if v.regressor(t).Empty() {
		return 0
	}
	return v.weight
}

// floored is a forecast that may be told what is impossible.
type floored struct{ evaluate.Forecast }

// atLeast returns the forecast of a quantity that cannot be less than so many ms.
func (f floored) atLeast(ms float64) evaluate.Forecast {
	f.Point, f.Lower, f.Upper = max(f.Point, ms), max(f.Lower, ms), max(f.Upper, ms)
	for i := range f.Quantiles {
		f.Quantiles[i] = max(f.Quantiles[i], ms)
	}
	return f.Forecast
}

// after returns the forecast of a quantity that begins so many ms late.
func (f floored) after(ms float64) evaluate.Forecast {
	f.Point, f.Lower, f.Upper = f.Point+ms, f.Lower+ms, f.Upper+ms
	for i := range f.Quantiles {
		f.Quantiles[i] += ms
	}
	return f.Forecast
}

// unknown is the forecast of a quantity that no training row told.
var unknown = evaluate.Forecast{Point: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), Confidence: math.NaN()}

// unsentMiB is what of the resident memory may not be sent: the hypervisor's own, and pages that hold zeros after all.
const unsentMiB = 128

// leastTotalMS returns what the bytes of the first round take on the line that is known, 0 where either is not, or where
// fewer bytes than that are sent.
func leastTotalMS(x migration.Features) float64 {
	resident, mbps := x.Get(migration.ResidentMiB), roundMbps(x)
	if math.IsNaN(resident) || math.IsNaN(mbps) || x.Get(migration.HugePages) == 1 ||
		x.Get(migration.Compression) > 0 || x.Get(migration.Method) == migration.MethodCPR {
		return 0
	}
	if memory := x.Get(migration.MemoryMiB); memory < resident {
		resident = memory
	}
	return max(0, resident-unsentMiB) / (mbps * precopy.MiBPerMbit) * 1000
}
