package precopy

import (
	"math"

	"vmmp/pkg/migration"
)

// Configure sets what the method of x's migration changes of the parameters of a plain pre-copy at the site. What is
// not known is as in a plain one.
func (s *Site) Configure(p *Params, x migration.Features) {
	if state := x.Get(migration.VFIOMiB); state > 0 {
		p.StateMiB += state
	}
	if x.Get(migration.XBZRLE) == 1 {
		p.Resend = s.Resend
	}
	if rate := s.packing(x); rate > 0 {
		p.Wire = s.Wire
		p.RoundRate, p.LineRate = min(p.RoundRate/p.Wire, rate), min(p.LineRate/p.Wire, rate)
	}
	switch x.Get(migration.Method) {
	case migration.MethodPostcopy:
		p.Postcopy, p.Overhead = true, s.Postcopy
	case migration.MethodCPR:
		p.Postcopy, p.Overhead = true, s.Restart
		p.ResidentMiB, p.MemoryMiB, p.TailMiB, p.EndMiB = 0, 0, 0, 0
	}
}

// The MiB/s that one thread compresses, by how.
const (
	zlibRate     = 60
	zstdRate     = 300
	hardwareRate = 2000
)

// packing returns the MiB/s of memory that the site can compress as x asks for, 0 where it does not.
func (s *Site) packing(x migration.Features) float64 {
	threads := max(1, channels(x))
	switch x.Get(migration.Compression) {
	case migration.CompressionZlib:
		return zlibRate * threads * s.Packing
	case migration.CompressionZstd:
		return zstdRate * threads * s.Packing
	case migration.CompressionQatzip, migration.CompressionQPL, migration.CompressionUADK:
		return hardwareRate * threads * s.Packing
	}
	return 0
}

// channels returns the number of streams that are known, 0 for a single one.
func channels(x migration.Features) float64 {
	if n := x.Get(migration.MultifdChannels); !math.IsNaN(n) {
		return n
	}
	return 0
}

// streams returns the Mbps that the streams of x's migration carry at most.
func (s *Site) streams(x migration.Features) float64 {
	if x.Get(migration.TLS) == 1 {
		return s.TLSMbps * max(1, channels(x))
	}
	return s.StreamMbps * max(1, channels(x))
}

// postcopy carries out a migration whose guest goes on at the destination after a pause in which no memory is sent:
// all memory follows, once.
func (p *Params) postcopy() Result {
	pause := p.Overhead.Seconds() + p.StateMiB/(p.LineRate*p.Wire)
	took := pause + p.ResidentMiB/p.RoundRate + (p.MemoryMiB-p.ResidentMiB)/p.ZeroRate
	return Result{
		Status: migration.Completed, Downtime: seconds(pause), TotalTime: seconds(took),
		TransferredMiB: p.ResidentMiB*p.Wire + p.StateMiB, RemainingMiB: p.StateMiB, Rounds: 2,
	}
}
