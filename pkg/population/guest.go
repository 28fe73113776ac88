package population

import (
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
)

// guest is a VM of the fleet between its two hosts: what an operator may know, and
// what decides.
type guest struct {
	features migration.Features
	site     site
	resident float64 // MiB that the first round sends
	layout   layout  // of its memory
	truth    writes
	dirty    func(seconds float64) float64 // the true dirty curve before the migration
	busy     uint64                        // seed of its activity
	timeout  time.Duration                 // 0: none stated
}

// layout is where a guest's memory holds zeros, which decides how much is left when
// the hypervisor first believes that the rest fits its limit. Hardly anybody measures it.
type layout struct {
	tail float64 // share of the resident memory that lies behind the zeros within RAM
	end  float64 // MiB of zeros at the end of RAM, before those of the display
}

// params returns the physics of g's migration without noise and without timeout.
func (g *guest) params() precopy.Params {
	x, s := &g.features, &g.site
	line, round := s.Rates(*x)
	memory := max(x.Get(migration.MemoryMiB), g.resident)
	p := precopy.Params{
		ResidentMiB: g.resident, MemoryMiB: memory + s.EndMiB,
		TailMiB: g.layout.tail * g.resident, EndMiB: g.layout.end + s.EndMiB,
		Dirty:    func(t float64) float64 { return g.dirty(t * s.Heat) },
		Activity: activity(g.busy),
		LineRate: line, RoundRate: round, ZeroRate: s.ZeroRate,
		Limit:        time.Duration(x.Get(migration.DowntimeLimitMS) * float64(time.Millisecond)),
		Overhead:     s.Overhead,
		Optimism:     s.Optimism,
		AutoConverge: x.Get(migration.AutoConverge) == 1,
	}
	s.Configure(&p, *x)
	return p
}
