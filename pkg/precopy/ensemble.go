package precopy

import "math"

// An Expectation is what the physics expects of a migration whose dirtying and whose
// switch-over are known only roughly. Where rounds land is a saw-tooth of both, so
// that a single run of the physics says less than the mean of several.
type Expectation struct {
	LogDowntime float64 // mean of the logarithm of ms, given that pre-copy switches over
	Spread      float64 // standard deviation of that logarithm
	LogTotal    float64 // mean of the logarithm of ms
	Converged   float64 // share of the runs that converge
}

// doubts are the runs of an ensemble: factors on the dirtying and on the bandwidth
// that the hypervisor believes in. They spread each over about a standard
// deviation of 20 %, as points of a lattice, so that neither repeats a value.
var doubts = [...]struct{ factor, optimism float64 }{
	{0.74, 1.06}, {0.82, 0.82}, {0.91, 1.17}, {1.00, 0.94}, {1.10, 1.33}, {1.22, 1.00}, {1.35, 0.75},
}

// Expect returns the mean over the ensemble, for a guest that dirties about factor times
// as fast as was measured: guests dirty two to three times faster during a
// migration than in the sample taken before it (KubeVirt VEP 246).
func (vm *VM) Expect(factor float64) Expectation {
	var e Expectation
	squares := 0.0
	for _, doubt := range doubts {
		p := vm.ready
		p.Dirty = func(t float64) float64 { return vm.ready.Dirty(t * factor * doubt.factor) }
		p.Optimism = doubt.optimism
		a := p.analyse()
		log := math.Log(a.DowntimeMS)
		e.LogDowntime += log / float64(len(doubts))
		squares += log * log / float64(len(doubts))
		e.LogTotal += math.Log(a.TotalTimeMS) / float64(len(doubts))
		if a.Converged {
			e.Converged += 1 / float64(len(doubts))
		}
	}
	e.Spread = math.Sqrt(max(0, squares-e.LogDowntime*e.LogDowntime))
	return e
}

// Margin returns the logarithm of what the limit lets be left over the least that any
// of the rounds would leave if they were full passes, without auto-converge or timeout,
// of a guest that dirties factor times as fast as was measured: far above zero pre-copy
// switches over by itself, far below it does not. Other than a verdict it tells a near
// miss from a hopeless case.
func (vm *VM) Margin(factor float64) float64 {
	p := vm.ready
	p.Dirty = func(t float64) float64 { return vm.ready.Dirty(t * factor) }
	threshold := p.RoundRate * p.Limit.Seconds()
	p.Limit, p.AutoConverge, p.Timeout, p.MaxRounds = 1, false, 0, DefaultRounds
	least := math.Inf(1)
	p.run(func(r Round) { least = min(least, r.RemainingMiB) })
	return math.Log(threshold / max(least, leastMargin))
}

// leastMargin is less than a page: nothing is told apart below it.
const leastMargin = 1.0 / 1024
