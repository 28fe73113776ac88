package precopy

import "math"

// leastMiB is a byte: less is rounding.
const leastMiB = 1.0 / (1 << 20)

// send sends until the hypervisor, which looks after every slice, finds what it believes is left below the threshold,
// until nothing is left, or until the timeout.
func (p *Params) send(s *state, timeout float64) {
	for look := p.Look.Seconds(); ; {
		if !p.skip(s, look, timeout) {
			s.advance(p, min(look, timeout-s.elapsed))
		}
		if s.due(timeout) {
			return
		}
	}
}

// due reports whether a look finds a reason to sync.
func (s *state) due(timeout float64) bool {
	left := s.left()
	return left <= s.threshold || left <= leastMiB || s.elapsed >= timeout
}

// skip sends at one go, and reports whether there are any, the whole windows in which every look would find too much
// left: those that lie within one segment, and before what is left falls to a threshold of theirs.
func (p *Params) skip(s *state, look, timeout float64) bool {
	if s.open > 0 {
		return false
	}
	part := s.segment()
	speed, counted := p.speed(part)
	window, threshold := math.Ceil(windowSeconds/look)*look, p.allowed(counted)
	windows := math.Floor(min((s.left()-max(s.threshold, threshold))/speed, part.mib/speed, timeout-s.elapsed) / window)
	if windows < 1 {
		return false
	}
	s.elapsed += windows * window
	s.take(p, part, windows*window*speed)
	s.threshold = threshold
	return true
}

// advance sends for so many seconds, or until nothing is left.
func (s *state) advance(p *Params, seconds float64) {
	rest, counted := seconds, 0.0
	for part := s.segment(); rest > 0 && part.mib > 0; part = s.segment() {
		speed, seen := p.speed(part)
		took, mib := part.mib/speed, part.mib
		if took > rest {
			took, mib = rest, rest*speed
		}
		s.take(p, part, mib)
		counted += took * seen
		rest -= took
	}
	s.elapsed += seconds - rest
	s.window.add(p, seconds-rest, counted)
}

// take goes through so many MiB of a segment, or through what it has.
func (s *state) take(p *Params, part *segment, mib float64) {
	passed := min(mib, part.mib)
	part.mib -= passed
	switch {
	case part.again:
		s.sent += passed * p.Wire * p.Resend
	case !part.zeros:
		s.sent += passed * p.Wire
	}
}

// speed returns the MiB/s at which a segment is gone through, and those that the link is seen to carry meanwhile.
func (p *Params) speed(part *segment) (speed, seen float64) {
	if part.zeros {
		return p.ZeroRate, p.ZeroRate * zeroShare
	}
	if part.again {
		return p.RoundRate / p.Resend, p.RoundRate * p.Wire
	}
	return p.RoundRate, p.RoundRate * p.Wire
}
