package precopy

import (
	"math"
	"time"

	"vmmp/pkg/migration"
)

const (
	// MiBPerMbit turns Mbps into MiB/s.
	MiBPerMbit = 1e6 / 8 / (1 << 20)

	// Efficiency is the share of a line rate that carries memory: TCP/IP over
	// Ethernet with 1500-byte frames leaves 94 %.
	Efficiency = 0.94
)

// Analysis is the physics' answer to what an operator knows.
type Analysis struct {
	DowntimeMS     float64 // given that pre-copy switches over by itself
	TotalTimeMS    float64 // to the end of the pause, or to giving up
	Rounds         float64
	RemainingMiB   float64 // at the stop; where it does not converge, as much as the limit allows
	TransferredMiB float64
	Converged      bool // within timeout_s, or within 30 rounds where that is unknown
}

// Analytic is the analytic baseline: Run on what is known. It answers false when
// that is too little: it needs a bandwidth, the size of the first round and
// something of the dirty curve. An unknown limit is taken as QEMU's default.
func Analytic(x migration.Features) (Analysis, bool) { return AnalyticOf(x, ZerosAsBooted) }

// Zeros says where in a guest's RAM its zero pages lie. They cost nothing to send, but
// count as left to be sent until they are looked at: what lies last decides how much
// is left when the limit is reached, and nobody knows it of a guest in use.
type Zeros int

// The places that zeros may have.
const (
	ZerosAsBooted Zeros = iota // where a freshly booted Linux leaves them: Describe's
	ZerosInside                // none at the end of RAM, as after weeks of use
	ZerosLast                  // all of them at the end
)

// AnalyticOf is Analytic for a guest whose zeros lie there.
func AnalyticOf(x migration.Features, zeros Zeros) (Analysis, bool) {
	p, ok := Describe(x, 1)
	switch zeros {
	case ZerosInside:
		p.EndMiB = 0
	case ZerosLast:
		p.TailMiB, p.EndMiB = 0, 0
	}
	if !ok || p.complete() != nil {
		return Analysis{}, false
	}
	return p.analyse(), true
}

// analyse runs complete parameters and answers for a migration that switches over.
func (p *Params) analyse() Analysis {
	r := p.run(func(Round) {})
	a := Analysis{
		TotalTimeMS:    milliseconds(r.TotalTime),
		Rounds:         float64(r.Rounds),
		RemainingMiB:   r.RemainingMiB,
		TransferredMiB: r.TransferredMiB,
		Converged:      r.Status == migration.Completed,
	}
	if a.Converged {
		a.DowntimeMS = milliseconds(r.Downtime)
		return a
	}
	a.RemainingMiB = min(a.RemainingMiB, p.RoundRate*p.Optimism*p.Limit.Seconds())
	a.DowntimeMS = a.RemainingMiB/p.LineRate*1000 + milliseconds(p.Overhead)
	return a
}

// Describe turns what is known into the parameters of a run, false when that is
// too little. The guest dirties heat times as fast as was measured.
func Describe(x migration.Features, heat float64) (Params, bool) {
	line, round := rates(x)
	resident, memory := sizes(x)
	curve := x.Curve()
	if !curve.Known() || math.IsNaN(line) || math.IsNaN(resident) {
		return Params{}, false
	}
	return Params{
		ResidentMiB:   resident,
		TailMiB:       memory * perPage,
		EndMiB:        endMiB,
		MemoryMiB:     memory,
		WorkingSetMiB: min(memory, curve.At(workingSetSeconds)),
		Dirty:         func(t float64) float64 { return curve.At(t * heat) },
		RoundRate:     round,
		LineRate:      line,
		StateMiB:      stateMiB,
		Limit:         duration(x.Get(migration.DowntimeLimitMS), time.Millisecond),
		Overhead:      DefaultOverhead,
		AutoConverge:  x.Get(migration.AutoConverge) == 1,
		Timeout:       duration(x.Get(migration.TimeoutS), time.Second),
	}, true
}

// stateMiB is what the devices of a small guest take: the least that real
// migrations sent while the guest was stopped.
const stateMiB = 0.5

// workingSetSeconds is the time within which a guest has dirtied about all that it
// ever dirties.
const workingSetSeconds = 60

// Linux takes memory from low addresses on, but for what it takes when it boots,
// from the top down: room for its initramfs, which it gives back, and below that
// the table of its pages, 64 bytes for each 4 KiB.
const (
	endMiB  = 45
	perPage = 1.0 / 64
)

// rates are the MiB/s of the stop phase and of the rounds, NaN when unknown. A
// line rate that is not known is at least what the hypervisor was allowed.
func rates(x migration.Features) (line, round float64) {
	line = x.Get(migration.NetworkBandwidth) * MiBPerMbit * Efficiency
	limit := x.Get(migration.BandwidthCap) * MiBPerMbit
	if math.IsNaN(line) {
		line = limit
	}
	if round = line; limit < line {
		round = limit
	}
	return line, round
}

// sizes are the MiB of the first round and the bound on what can be dirty, NaN
// when unknown. Where residency is not known, memory in use stands for it.
func sizes(x migration.Features) (resident, memory float64) {
	resident, memory = x.Get(migration.ResidentMiB), x.Get(migration.MemoryMiB)
	if math.IsNaN(resident) {
		resident = memory
		if used := x.Get(migration.MemoryUsage); !math.IsNaN(used) {
			resident = memory * used / 100
		}
	}
	if math.IsNaN(memory) {
		memory = resident
	}
	return resident, max(memory, resident)
}

func duration(v float64, unit time.Duration) time.Duration {
	if math.IsNaN(v) {
		return 0
	}
	return seconds(v * unit.Seconds())
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
