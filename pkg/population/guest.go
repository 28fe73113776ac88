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
	resident float64 // MiB that the first round sends
	layout   layout  // of its memory
	truth    writes
	dirty    func(seconds float64) float64 // the true dirty curve before the migration
	speedup  float64                       // how much faster it dirties during the migration
	overhead time.Duration                 // fixed part of the pause, without noise
	optimism float64                       // of the hypervisor's bandwidth estimate
	timeout  time.Duration                 // 0: none stated
}

// layout is where a guest's memory holds zeros, which decides how much is left when
// the hypervisor first believes that the rest fits its limit. Nobody measures it.
type layout struct {
	tail float64 // share of the resident memory that lies behind zeros
	end  float64 // share of the zeros that lie behind even that
}

// params returns the physics of g's migration without noise and without timeout.
func (g *guest) params() precopy.Params {
	x := &g.features
	rate := x.Get(migration.NetworkBandwidth) * precopy.MiBPerMbit * precopy.Efficiency
	memory := max(x.Get(migration.MemoryMiB), g.resident)
	return precopy.Params{
		ResidentMiB: g.resident, MemoryMiB: memory,
		TailMiB: g.layout.tail * g.resident, EndMiB: g.layout.end * (memory - g.resident),
		WorkingSetMiB: min(memory, g.dirty(60)), // what it dirties in a minute is about all that it ever does
		Dirty:         func(t float64) float64 { return g.dirty(t * g.speedup) },
		LineRate:      rate, RoundRate: min(rate, x.Get(migration.BandwidthCap)*precopy.MiBPerMbit),
		Limit:        time.Duration(x.Get(migration.DowntimeLimitMS) * float64(time.Millisecond)),
		Overhead:     g.overhead,
		Optimism:     g.optimism,
		AutoConverge: x.Get(migration.AutoConverge) == 1,
	}
}
