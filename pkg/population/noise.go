package population

import (
	"math"
	"math/rand/v2"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// The noise of Fleet; doc.go says where each figure comes from.
const (
	runDirtySigma    = 0.04 // dirtying from run to run
	runLineSigma     = 0.01 // bandwidth from run to run
	runOverheadSigma = 0.20
	stallProbability = 1.0 / 70
	stallMedianMS    = 400
	stallSigma       = 0.8

	failureProbability = 1.0 / 200 // of Like: a link or a host that fails meanwhile; an assumption

	measureSigma = 0.08 // a dirty-rate measurement against the guest's own average
	pointSigma   = 0.03 // one of its windows against the others
	plateauSigma = 0.05 // and the plateau against them
)

// noise is what differs from one run of a migration to the next.
type noise struct {
	dirty, line, stop, overhead float64 // factors
	stallMS                     float64
}

// noNoise is that of a run without any.
var noNoise = noise{dirty: 1, line: 1, stop: 1, overhead: 1}

// drawNoise draws that of a run at a site where the speed of the stop phase has such a sigma from run to run.
func drawNoise(r *rand.Rand, stopSigma float64) noise {
	n := noise{
		dirty:    lognormal(r, 1, runDirtySigma),
		line:     lognormal(r, 1, runLineSigma),
		stop:     lognormal(r, 1, stopSigma),
		overhead: lognormal(r, 1, runOverheadSigma),
	}
	stall := lognormal(r, stallMedianMS, stallSigma)
	if r.Float64() < stallProbability {
		n.stallMS = stall
	}
	return n
}

// draw migrates g once with a run's noise, and says what came of it.
func (g *guest) draw(n noise) Draw {
	d := Draw{NoiselessMS: math.NaN()}
	d.Outcome = g.migrate(n, g.timeout)
	d.Untimed = g.migrate(n, 0)
	if o := g.migrate(noNoise, g.timeout); o.Status == migration.Completed {
		d.NoiselessMS = o.DowntimeMS
	}
	return d
}

// interrupt lets the migration fail, now and then, at any time of it.
func (d *Draw) interrupt(r *rand.Rand) {
	fails, done := r.Float64() < failureProbability, r.Float64()
	if !fails {
		return
	}
	d.Outcome, d.Untimed = broken(d.Outcome, done), broken(d.Untimed, done)
	d.NoiselessMS = math.NaN()
}

// broken returns what is left of an outcome when the migration fails after that share of it.
func broken(o migration.Outcome, done float64) migration.Outcome {
	return migration.Outcome{
		DowntimeMS: math.NaN(), TotalTimeMS: round(done*o.TotalTimeMS, 6), TransferredMiB: round(done*o.TransferredMiB, 6),
		Rounds: math.Ceil(done * o.Rounds), Status: migration.Failed,
	}
}

// migrate carries out the migration of g once, with a run's noise.
func (g *guest) migrate(n noise, timeout time.Duration) migration.Outcome {
	p := g.params()
	curve := p.Dirty
	p.Dirty = func(t float64) float64 { return curve(t * n.dirty) }
	p.RoundRate *= n.line
	p.LineRate *= n.line * n.stop
	p.Overhead = time.Duration(float64(p.Overhead)*n.overhead + n.stallMS*float64(time.Millisecond))
	p.Timeout = timeout
	o := migration.UnknownOutcome()
	result, err := precopy.Run(p)
	if err != nil {
		o.Status = migration.Failed
		return o
	}
	o.Status = result.Status
	o.TotalTimeMS = round(milliseconds(result.TotalTime), 6)
	o.TransferredMiB = round(result.TransferredMiB, 6)
	o.Rounds = float64(result.Rounds)
	if result.Status == migration.Completed {
		o.DowntimeMS = round(max(milliseconds(result.Downtime), 0.1), 6)
	}
	return o
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
