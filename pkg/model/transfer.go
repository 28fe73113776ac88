package model

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// transfer is what real migrations teach about answers that rest on simulated ones:
// the world's part in them that no simulation has.
type transfer struct {
	// Dirty is the logarithm of what the part of the pause that sends memory is
	// multiplied by. The fixed part is the same whatever is sent.
	Dirty float64 `json:"dirty"`

	// Sigma is the error of the logarithm by which the answer is widened.
	Sigma float64 `json:"sigma"`
}

// transferSigma is the error, in the logarithm, that simulated answers have in the
// real world beyond what they know of, until real rows measure it: on 361 real
// migrations of unseen workloads the analytic model was 20.1 % off in the median
// (sigma 0.30), of which repeated settings explain 10 % (sigma 0.15).
const transferSigma = 0.26

// fixedMS is the part of a pause that does not depend on memory.
const fixedMS = float64(precopy.DefaultOverhead) / float64(time.Millisecond)

// learnTransfer learns from the examples that really happened: the error of the
// physics on them, and, where the simulated expert has not learned from them itself,
// by what the memory's part of their pauses differs from its answers in the median.
func (m *Model) learnTransfer(examples []Example) transfer {
	var physics, dirty []float64
	var b buffers
	groups, numbers := map[int]bool{}, groupNumbers(examples)
	for i := range examples {
		e := &examples[i]
		y, ok := downtimeMS(e.Outcome)
		p := analyse(e.Features)
		if !e.measured() || !ok || !p.computed {
			continue
		}
		groups[numbers[i]] = true
		physics = append(physics, logMS(y)-p.downtime)
		if m.measured == nil || m.simulated == nil {
			continue
		}
		// Where the fixed part is most of the pause, the rest is mostly its noise.
		if answer := inMS(m.simulated.logDowntime(&b, e.Features)); min(y, answer) > 2*fixedMS {
			dirty = append(dirty, math.Log((y-fixedMS)/(answer-fixedMS)))
		}
	}
	// Many migrations of few VMs tell how alike those are, not how far off it is.
	if len(groups) < fewestExamples {
		return transfer{Sigma: transferSigma}
	}
	t := transfer{Sigma: robustSigma(physics)}
	if len(dirty) >= fewestExamples {
		t.Dirty = roundTo(median(dirty))
	}
	return t
}

// robustSigma is the half-width of the central 68 % of v, which it sorts.
func robustSigma(v []float64) float64 {
	slices.Sort(v)
	return roundTo((stat.Quantile(0.84, stat.LinInterp, v, nil) - stat.Quantile(0.16, stat.LinInterp, v, nil)) / 2)
}

// median is the middle of v, which it sorts.
func median(v []float64) float64 {
	slices.Sort(v)
	return stat.Quantile(0.5, stat.LinInterp, v, nil)
}

// stretch is the logarithm of a pause whose logarithm is log, when the memory's part
// of it takes exp(dirty) times as long.
func stretch(log, dirty float64) float64 {
	ms := math.Exp(log)
	switch {
	case dirty == 0 || ms <= fixedMS:
		return log
	case math.IsInf(ms, 1):
		return log + dirty
	}
	return math.Log(fixedMS + (ms-fixedMS)*math.Exp(dirty))
}

// valid says whether t can have been learned.
func (t transfer) valid() bool {
	return t.Sigma >= 0 && t.Sigma <= mostSigma && math.Abs(t.Dirty) <= mostSigma
}

// carry makes of what is expected in the simulated world what is in the real one.
func (t transfer) carry(d *distribution) {
	d.widen(t.Sigma)
	d.dirty = t.Dirty
}

// transferred scores the answers that real migrations would have got if none had
// been near: how far what simulation says can be trusted. Nil where there are not
// both.
func (m *Model) transferred(test []Example) *evaluate.Metrics {
	if m.measured == nil || m.simulated == nil {
		return nil
	}
	var e exam
	for i := range test {
		if y, ok := downtimeMS(test[i].Outcome); ok && computable(test[i].Features.Known()) {
			e.known, e.actual = append(e.known, test[i].Features), append(e.actual, max(y, leastMS))
			e.asked = append(e.asked, answerer{m.simulated, prediction.Simulated, m.transfer})
		}
	}
	e.forecast(evaluate.Downtime)
	return e.score()
}
