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

// zeroRate is the MiB/s at which zero pages are looked through: each costs the
// link a few bytes, so that the processor is what limits them.
const zeroRate = 5000

// patience is how many syncs in a row may find more left than the least so far
// before the run is known never to switch over: without throttling the rounds have
// then entered a cycle.
const patience = 8

// state is a migration under way: MiB and seconds.
type state struct {
	syncs   int
	elapsed float64
	sent    float64
	ahead   [4]segment // of RAM that the hypervisor believes is still to be sent, in the order of sending
	throttle

	least  float64 // left after a sync, so far
	stuck  int     // syncs since then
	cycle  float64 // seconds of the rounds since then
	cycled float64 // MiB sent in them
}

// segment is a part of RAM that is gone through at one speed.
type segment struct {
	mib   float64
	zeros bool
}

// run carries out Run on complete parameters; visit sees every round that differs from those before it.
func (p *Params) run(visit func(Round)) Result {
	threshold := p.RoundRate * p.Optimism * p.Limit.Seconds()
	timeout := math.Inf(1)
	if p.Timeout > 0 {
		timeout = p.Timeout.Seconds()
	}
	s := state{syncs: 1, least: math.Inf(1)}
	zeros := p.MemoryMiB - p.ResidentMiB - p.EndMiB
	s.ahead = [...]segment{
		{mib: p.ResidentMiB - p.TailMiB}, {mib: zeros, zeros: true}, {mib: p.TailMiB}, {mib: p.EndMiB, zeros: true},
	}
	for {
		took := p.untilLook(&s, threshold)
		late := s.elapsed+took > timeout
		took = min(took, timeout-s.elapsed)
		sent := s.advance(took, p.RoundRate)
		number, slowed := s.syncs, s.throttle.share
		s.sync(p, took, sent)
		visit(Round{number, seconds(took), sent, s.left(), slowed})
		switch {
		case late:
			return p.giveUp(s)
		case s.left() <= threshold:
			return p.stop(s, migration.Completed)
		case s.syncs > p.MaxRounds:
			return p.giveUp(s)
		case s.stuck >= patience && (!p.AutoConverge || s.throttle.share >= throttleMost):
			return p.giveUp(s.repeat(p, timeout))
		}
	}
}

// untilLook returns how long it takes until the hypervisor, which looks now and then, finds its estimate below the
// threshold, or has nothing more to send.
func (p *Params) untilLook(s *state, threshold float64) float64 {
	crossing, end := 0.0, 0.0
	over := s.left() - threshold
	for _, part := range s.ahead {
		speed := p.RoundRate
		if part.zeros {
			speed = zeroRate
		}
		crossing += min(max(over, 0), part.mib) / speed
		over -= part.mib
		end += part.mib / speed
	}
	look := p.Look.Seconds()
	return min(math.Ceil(crossing/look)*look, end)
}

// left returns what the hypervisor believes is still to be sent.
func (s *state) left() float64 { return s.pages() + s.zeros() }

// pages returns what of that is not zero.
func (s *state) pages() float64 { return s.ahead[0].mib + s.ahead[2].mib }

// zeros returns what of it is.
func (s *state) zeros() float64 { return s.ahead[1].mib + s.ahead[3].mib }

// advance sends for so many seconds, and is the MiB that went over the link.
func (s *state) advance(seconds, rate float64) float64 {
	s.elapsed += seconds
	sent := 0.0
	for i := range s.ahead {
		part := &s.ahead[i]
		speed := rate
		if part.zeros {
			speed = zeroRate
		}
		took := min(seconds, part.mib/speed)
		part.mib = max(0, part.mib-took*speed)
		if !part.zeros {
			sent += took * speed
		}
		seconds -= took
	}
	s.sent += sent
	return sent
}

// sync adds what the guest has dirtied since the last sync. Pages that are still
// to be sent are not counted twice: in the first pass they may be any, later they
// are of the working set, as all that is dirtied.
func (s *state) sync(p *Params, took, sent float64) {
	left := s.left()
	of := p.WorkingSetMiB
	if s.syncs == 1 {
		of = p.MemoryMiB
	}
	dirtied := min(p.Dirty(took*(1-s.throttle.share)), p.MemoryMiB)
	if of > 0 {
		dirtied *= max(0, 1-left/of)
	}
	s.syncs++
	s.ahead[2].mib += min(dirtied, p.MemoryMiB-left) // behind what is left, as most of it is in the next pass
	if p.AutoConverge {
		s.throttle.adapt(took, dirtied, sent)
	}
	if after := s.left(); after < s.least || s.syncs == 2 {
		s.least, s.stuck, s.cycle, s.cycled = after, 0, 0, 0
		return
	}
	s.stuck++
	s.cycle += took
	s.cycled += sent
}

// repeat lets a migration whose rounds no longer shrink go on to the cap, without
// walking through rounds that are all alike.
func (s state) repeat(p *Params, timeout float64) state {
	round, sent := s.cycle/float64(s.stuck), s.cycled/float64(s.stuck)
	if round <= 0 {
		return s
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
	return s
}

// stop pauses the guest and sends the rest.
func (p *Params) stop(s state, status migration.Status) Result {
	left := s.pages() + p.StateMiB
	pause := left/p.LineRate + s.zeros()/zeroRate + p.Overhead.Seconds()
	return Result{
		Status:         status,
		Downtime:       seconds(pause),
		TotalTime:      seconds(s.elapsed + pause),
		TransferredMiB: s.sent + left,
		RemainingMiB:   left,
		Rounds:         s.syncs + 1,
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
		RemainingMiB:   s.left(),
		Rounds:         s.syncs,
	}
}
