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
// that the hypervisor believes in. They spread over about a standard
// deviation of 20 % of the one and 5 % of the other, as points of a lattice, so that neither repeats a value.
var doubts = [...]struct{ factor, optimism float64 }{
	{0.74, 1.015}, {0.82, 0.955}, {0.91, 1.045}, {1.00, 0.985}, {1.10, 1.075}, {1.22, 1.00}, {1.35, 0.93},
}

// Expect returns the mean over the ensemble, for a guest that dirties as the doubt says beside what was measured.
func (vm *VM) Expect(h Hypothesis) Expectation {
	var e Expectation
	squares := 0.0
	for _, doubt := range doubts {
		p := vm.ready
		p.Dirty = vm.dirty(h, doubt.factor)
		p.Optimism = vm.ready.Optimism * doubt.optimism
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
// of a guest that dirties by the hypothesis: far above zero pre-copy
// switches over by itself, far below it does not. Other than a verdict it tells a near
// miss from a hopeless case.
func (vm *VM) Margin(h Hypothesis) float64 {
	p := vm.ready
	p.Dirty = vm.dirty(h, 1)
	threshold := p.allowed(p.RoundRate * p.Wire)
	p.Limit, p.AutoConverge, p.Timeout, p.MaxRounds, p.Postcopy = 1, false, 0, DefaultRounds, false
	least := math.Inf(1)
	p.run(func(r Round) { least = min(least, r.RemainingMiB) })
	return math.Log(threshold / max(least, leastMargin))
}

// leastMargin is less than a page: nothing is told apart below it.
const leastMargin = 1.0 / 1024
