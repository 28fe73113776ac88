package precopy

import (
	"errors"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/migration"
)

// Defaults of what a migration leaves unsaid.
const (
	DefaultLimit  = 300 * time.Millisecond // QEMU's own downtime-limit
	DefaultRounds = 30                     // as long as pre-copy is given where no timeout is known

	// DefaultOverhead is the part of the pause that does not depend on memory:
	// device state, vCPUs, the hand-over from source to destination. Real runs
	// gave downtime = 1.04 * bytes left / line rate + 28 ms.
	DefaultOverhead = 28 * time.Millisecond

	// mostRounds bounds a run that only a timeout would end.
	mostRounds = 10_000
)

// QEMU's auto-converge: when a sync finds more than half of what was sent dirty
// again, for the second time, the vCPUs are slowed by 20 %, then by 10 % more
// each time, up to 99 %.
const (
	throttleTrigger   = 0.5
	throttleInitial   = 0.20
	throttleIncrement = 0.10
	throttleMost      = 0.99
)

// ErrParams is the error of parameters that describe no migration.
var ErrParams = errors.New("precopy: impossible parameters")

// Params describe one migration.
type Params struct {
	ResidentMiB float64                       // what the first round sends
	MemoryMiB   float64                       // bound on what can be dirty; 0: ResidentMiB
	Dirty       func(seconds float64) float64 // D(t) in MiB; must not fall; nil: nothing is dirtied
	RoundRate   float64                       // MiB/s of the rounds
	LineRate    float64                       // MiB/s of the stop phase; 0: RoundRate
	Limit       time.Duration                 // downtime limit; 0: DefaultLimit
	Overhead    time.Duration                 // fixed part of the pause
	Optimism    float64                       // bandwidth the hypervisor believes in over RoundRate, which makes the limit soft; 0: 1

	AutoConverge bool          // throttle a guest that dirties faster than it is sent
	Timeout      time.Duration // give up then; 0: after MaxRounds only
	MaxRounds    int           // give up then; 0: DefaultRounds without a Timeout, else practically none
	Force        bool          // on giving up stop the guest and send the rest, instead of cancelling
}

// Round is one pass over the dirty memory.
type Round struct {
	Number       int // from 1
	Duration     time.Duration
	SentMiB      float64
	RemainingMiB float64 // dirty at its end
	Throttle     float64 // share of guest time taken away during it
}

// Result is what came of a migration.
type Result struct {
	Status         migration.Status // Completed, Forced or NotConverged
	Downtime       time.Duration    // 0 when NotConverged: the guest was never stopped
	TotalTime      time.Duration    // to the end of the pause, or to giving up
	TransferredMiB float64
	RemainingMiB   float64 // at the stop, or at giving up
	Rounds         int
	Trace          []Round // a repeating round is listed once
}

// Run carries out one migration. The same parameters give the same result. Its
// only error is ErrParams.
func Run(p Params) (Result, error) {
	if err := p.complete(); err != nil {
		return Result{}, err
	}
	var trace []Round
	r := p.run(func(round Round) { trace = append(trace, round) })
	r.Trace = trace
	return r, nil
}

// complete fills in defaults and refuses what is impossible.
func (p *Params) complete() error {
	positive := func(name string, v float64, zeroAllowed bool) error {
		if !(v > 0 || zeroAllowed && v == 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %s is %g", ErrParams, name, v)
		}
		return nil
	}
	if p.MemoryMiB == 0 {
		p.MemoryMiB = p.ResidentMiB
	}
	if p.LineRate == 0 {
		p.LineRate = p.RoundRate
	}
	if p.Limit == 0 {
		p.Limit = DefaultLimit
	}
	if p.Optimism == 0 {
		p.Optimism = 1
	}
	if p.Dirty == nil {
		p.Dirty = func(float64) float64 { return 0 }
	}
	if p.MaxRounds == 0 {
		p.MaxRounds = mostRounds
		if p.Timeout == 0 {
			p.MaxRounds = DefaultRounds
		}
	}
	return errors.Join(
		positive("ResidentMiB", p.ResidentMiB, true), positive("MemoryMiB", p.MemoryMiB, true),
		positive("RoundRate", p.RoundRate, false), positive("LineRate", p.LineRate, false),
		positive("Optimism", p.Optimism, false), positive("Limit", p.Limit.Seconds(), false),
		positive("Overhead", p.Overhead.Seconds(), true), positive("Timeout", p.Timeout.Seconds(), true),
		positive("MaxRounds", float64(p.MaxRounds), false))
}

// state is a migration under way; times in seconds.
type state struct {
	round    int
	elapsed  float64
	sent     float64
	toSend   float64
	throttle float64
	hot      int // syncs in a row that asked for throttling
}

// run is Run on complete parameters; visit sees every round that differs from
// the one before.
func (p *Params) run(visit func(Round)) Result {
	s := state{toSend: p.ResidentMiB}
	threshold := p.RoundRate * p.Optimism * p.Limit.Seconds()
	timeout := math.Inf(1)
	if p.Timeout > 0 {
		timeout = p.Timeout.Seconds()
	}
	for {
		s.round++
		duration := s.toSend / p.RoundRate
		if s.elapsed+duration > timeout {
			return p.giveUp(s.within(timeout-s.elapsed, p))
		}
		s.elapsed += duration
		s.sent += s.toSend
		remaining := p.dirtied(duration, s.throttle)
		visit(Round{s.round, seconds(duration), s.toSend, remaining, s.throttle})
		steady := math.Abs(remaining-s.toSend) <= 1e-12*s.toSend
		s.adapt(p, remaining)
		s.toSend = remaining
		switch {
		case remaining <= threshold:
			return p.stop(s, migration.Completed)
		case s.round >= p.MaxRounds:
			return p.giveUp(s)
		case steady && (!p.AutoConverge || s.throttle >= throttleMost):
			return p.giveUp(s.repeat(p, timeout))
		}
	}
}

// dirtied is what the guest dirties in so many seconds of a round.
func (p *Params) dirtied(duration, throttle float64) float64 {
	return min(p.Dirty(duration*(1-throttle)), p.MemoryMiB)
}

// within cuts the round that begins at s short after so many seconds: what it
// has not sent is still to send, beside what was dirtied meanwhile.
func (s state) within(left float64, p *Params) state {
	sent := left * p.RoundRate
	s.elapsed += left
	s.sent += sent
	s.toSend = min(s.toSend-sent+p.dirtied(left, s.throttle), p.MemoryMiB)
	return s
}

// repeat lets a migration whose rounds no longer shrink go on to the cap, without
// walking through rounds that are all alike.
func (s state) repeat(p *Params, timeout float64) state {
	duration := s.toSend / p.RoundRate
	inTime := math.Floor((timeout - s.elapsed) / duration)
	rounds := min(inTime, float64(p.MaxRounds-s.round))
	s.round += int(rounds)
	s.elapsed += rounds * duration
	s.sent += rounds * s.toSend
	if rounds == inTime {
		s.round++
		return s.within(timeout-s.elapsed, p)
	}
	return s
}

// adapt slows the guest as QEMU's auto-converge does.
func (s *state) adapt(p *Params, dirtied float64) {
	if !p.AutoConverge || dirtied <= throttleTrigger*s.toSend {
		return
	}
	s.hot++
	if s.hot < 2 {
		return
	}
	s.hot = 0
	if s.throttle == 0 {
		s.throttle = throttleInitial
	} else {
		s.throttle = min(s.throttle+throttleIncrement, throttleMost)
	}
}

// stop pauses the guest and sends the rest.
func (p *Params) stop(s state, status migration.Status) Result {
	pause := s.toSend/p.LineRate + p.Overhead.Seconds()
	return Result{
		Status:         status,
		Downtime:       seconds(pause),
		TotalTime:      seconds(s.elapsed + pause),
		TransferredMiB: s.sent + s.toSend,
		RemainingMiB:   s.toSend,
		Rounds:         s.round,
	}
}

// giveUp ends a migration that did not converge within its caps.
func (p *Params) giveUp(s state) Result {
	if p.Force {
		return p.stop(s, migration.Forced)
	}
	return Result{
		Status:         migration.NotConverged,
		TotalTime:      seconds(s.elapsed),
		TransferredMiB: s.sent,
		RemainingMiB:   s.toSend,
		Rounds:         s.round,
	}
}

// seconds is a duration that saturates instead of overflowing: a terabyte over a
// modem takes longer than time.Duration holds.
func seconds(s float64) time.Duration {
	const most = float64(math.MaxInt64) / float64(time.Second) / 2
	return time.Duration(min(s, most) * float64(time.Second))
}
