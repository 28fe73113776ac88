package precopy

import (
	"math"
	"time"

	"vmmp/pkg/migration"
)

// A Round is what happened between two syncs of the dirty bitmap.
type Round struct {
	Number       int // from 1
	Duration     time.Duration
	SentMiB      float64
	RemainingMiB float64 // after the sync that ends it
	Throttle     float64 // share of guest time taken away during it
}

// A Result is what came of a migration.
type Result struct {
	Status         migration.Status // Completed, Forced or NotConverged
	Downtime       time.Duration    // 0 when NotConverged: the guest was never stopped
	TotalTime      time.Duration    // to the end of the pause, or to giving up
	TransferredMiB float64
	RemainingMiB   float64 // at the stop, or at giving up
	Rounds         int     // syncs of the dirty bitmap, as QEMU counts them: also before the first pass and at the stop
	Trace          []Round // rounds that repeat themselves are left out
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

// patience is how many syncs in a row may find more left than the least so far
// before the run is known never to switch over: without throttling the rounds have
// then entered a cycle.
const patience = 8

// state is a migration under way: MiB and seconds.
type state struct {
	syncs   int
	elapsed float64
	sent    float64
	ram
	window
	throttle

	list      float64 // MiB that were to be sent after the last sync
	collected float64 // seconds of the guest's in which it dirtied them

	least  float64 // left after a sync, so far
	stuck  int     // syncs since then
	cycle  float64 // seconds of the rounds since then
	cycled float64 // MiB sent in them
}

// newState returns a migration that is about to begin.
func newState(p *Params) state {
	s := state{syncs: 1, ram: newRAM(p), least: math.Inf(1)}
	s.list = s.left()
	return s
}

// run carries out Run on complete parameters; visit sees every round that differs from those before it.
func (p *Params) run(visit func(Round)) Result {
	timeout := math.Inf(1)
	if p.Timeout > 0 {
		timeout = p.Timeout.Seconds()
	}
	if p.Postcopy {
		return p.postcopy()
	}
	s := newState(p)
	for {
		round, began, before := Round{Number: s.syncs, Throttle: s.share}, s.elapsed, s.sent
		p.send(&s, timeout)
		unestimated := s.threshold == 0 && s.left() <= leastMiB
		s.sync(p, s.elapsed-began, s.sent-before)
		round.Duration, round.SentMiB, round.RemainingMiB = seconds(s.elapsed-began), s.sent-before, s.left()
		visit(round)
		switch {
		case s.elapsed >= timeout:
			return p.giveUp(&s)
		case unestimated: // all is sent before there is any estimate of the bandwidth: QEMU stops the guest without asking
			s.syncs--
			return p.stop(&s, migration.Completed)
		case s.left() <= s.threshold:
			return p.stop(&s, migration.Completed)
		case s.syncs > p.MaxRounds:
			return p.giveUp(&s)
		case p.Activity == nil && s.stuck >= patience && (!p.AutoConverge || s.share >= throttleMost):
			s.repeat(p, timeout)
			return p.giveUp(&s)
		}
	}
}

// activity returns how busy the guest is between two times.
func (p *Params) activity(from, to float64) float64 {
	if p.Activity == nil {
		return 1
	}
	return p.Activity(from, to)
}

// sync adds what the guest has dirtied since the last sync, as far as it was not still to be sent. Where writes fall
// at random, as many of the pages written in the last u seconds were also written in the v seconds before, in which
// what is being sent was collected, as D(u) + D(v) - D(u+v) says; and of those as large a share is still to be sent
// as of all that was. In the first pass it may be any page.
func (s *state) sync(p *Params, took, sent float64) {
	left, guest := s.left(), took*(1-s.share)*p.activity(s.elapsed-took, s.elapsed)
	dirtied := min(p.Dirty(guest), p.MemoryMiB)
	unsent := 0.0
	if left > leastMiB {
		unsent = left / s.list
	}
	again := dirtied
	if s.syncs > 1 && unsent > 0 {
		again = min(max(dirtied+p.Dirty(s.collected)-p.Dirty(s.collected+guest), 0), dirtied)
	}
	dirtied -= again * unsent
	s.collected = guest + s.collected*unsent
	s.syncs++
	s.enqueue(min(dirtied, p.MemoryMiB-left))
	if p.AutoConverge {
		s.throttle.adapt(took, dirtied, sent)
	}
	s.list = s.left()
	if after := s.list; after < s.least || s.syncs == 2 {
		s.least, s.stuck, s.cycle, s.cycled = after, 0, 0, 0
		return
	}
	s.stuck++
	s.cycle += took
	s.cycled += sent
}

// repeat lets a migration whose rounds no longer shrink go on to the cap, without
// walking through rounds that are all alike.
func (s *state) repeat(p *Params, timeout float64) {
	round, sent := s.cycle/float64(s.stuck), s.cycled/float64(s.stuck)
	if round <= 0 {
		return
	}
	inTime, inCap := math.Floor((timeout-s.elapsed)/round), float64(p.MaxRounds+1-s.syncs)
	rounds := max(0, min(inTime, inCap))
	s.syncs += int(rounds)
	s.elapsed += rounds * round
	s.sent += rounds * sent
	if inTime < inCap { // the timeout comes first, in the middle of a round
		s.syncs++
		s.sent += (timeout - s.elapsed) * p.RoundRate
		s.elapsed = timeout
	}
}

// stop pauses the guest and sends the rest.
func (p *Params) stop(s *state, status migration.Status) Result {
	first, again, zeros := s.parts()
	left := first + again + p.StateMiB
	pause := (first+again*p.Resend)/p.LineRate + p.StateMiB/(p.LineRate*p.Wire) + zeros/p.ZeroRate + p.Overhead.Seconds()
	return Result{
		Status:         status,
		Downtime:       seconds(pause),
		TotalTime:      seconds(s.elapsed + pause),
		TransferredMiB: s.sent + (first+again*p.Resend)*p.Wire + p.StateMiB,
		RemainingMiB:   left,
		Rounds:         s.syncs + 1,
	}
}

// giveUp ends a migration that did not converge within its caps.
func (p *Params) giveUp(s *state) Result {
	if p.Force {
		return p.stop(s, migration.Forced)
	}
	return Result{
		Status:         migration.NotConverged,
		TotalTime:      seconds(s.elapsed),
		TransferredMiB: s.sent,
		RemainingMiB:   s.left(),
		Rounds:         s.syncs,
	}
}
