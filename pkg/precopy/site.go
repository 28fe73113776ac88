package precopy

import (
	"math"
	"time"
)

// A Site holds what all migrations between two hosts have in common, whatever is migrated: constants of hardware,
// hypervisor and network, not laws.
type Site struct {
	Overhead   time.Duration // fixed part of the pause: device state, vCPUs, the hand-over
	Efficiency float64       // share of network_bandwidth that carries memory
	StreamMbps float64       // most that one stream carries, whatever the link
	TLSMbps    float64       // the same of an encrypted stream
	ZeroRate   float64       // MiB/s at which pages of zeros are looked through: the processor limits that
	EndMiB     float64       // zeros behind all of the guest's memory: that of its display, which comes last
	Zeros      Zeros         // where they lie within the guest's memory
	OffsetMiB  float64       // what resident_mib counts that is not sent: the hypervisor's own memory
	Heat       float64       // dirtying during the migration over that measured before it
	Optimism   float64       // the hypervisor's estimate of its bandwidth over what it has

	Postcopy time.Duration // pause of post-copy without state: the hand-over alone
	Restart  time.Duration // pause of a checkpoint and restart on the same host
	Wire     float64       // bytes on the wire for a byte of memory that is compressed
	Packing  float64       // speed of compression over that of a usual processor
	Resend   float64       // time that a page takes by XBZRLE which was sent before, over that of a page
}

// Typical is what is assumed of a site of which nothing is known.
//
//   - The fixed part was 7 ms in vmmp's own emulated lab, 11 to 16 ms on KVM and 26 ms at another driver of the same
//     emulator.
//   - TCP/IP over Ethernet leaves 94 % of a nominal link with frames of 1500 bytes and 99 % with those of 9000, and
//     all of a bandwidth that was measured as payload; nobody says which of these a figure is.
//   - One stream carries about 20 Gbps and an encrypted one about 5, on links of 25 to 100 Gbps.
//   - KVM hosts passed 192 GiB of an idle guest in 7.5 s, and 16 GiB in 0.7 s.
//   - QEMU's display adapter has 16 MiB of memory unless it is told otherwise (vgamem_mb), which are zeros in a guest
//     that nobody looks at. They and 0.4 MiB of firmware are the last blocks of RAM.
//   - Post-copy paused 3,068 guests of a KVM site for 2 ms in the median and 11 ms at most in nineteen of twenty.
//   - Compressed by QEMU's threads, guests there were sent at 0.6 of the link's rate with half the bytes; XBZRLE
//     saved a seventh of what was sent in all. How well memory can be compressed differs from guest to guest.
//   - What a restart takes is an assumption.
//   - Known dirtiers dirtied 1.02 times as fast during their migration as before.
var Typical = Site{
	Overhead: 14 * time.Millisecond, Efficiency: 0.97, StreamMbps: 20_000, TLSMbps: 5_000, ZeroRate: 25_000,
	EndMiB: 16.4, Heat: 1, Optimism: 1,
	Postcopy: 3 * time.Millisecond, Restart: 100 * time.Millisecond, Wire: 0.6, Packing: 1, Resend: 0.7,
}

// Valid reports whether there can be such a site.
func (s *Site) Valid() bool {
	for _, v := range []float64{
		s.Efficiency, s.StreamMbps, s.TLSMbps, s.ZeroRate, s.Heat, s.Optimism, s.Wire, s.Packing, s.Resend,
	} {
		if !(v > 0) || math.IsInf(v, 0) {
			return false
		}
	}
	return s.Overhead >= 0 && s.Postcopy >= 0 && s.Restart >= 0 && s.EndMiB >= 0 && !math.IsInf(s.EndMiB, 0) &&
		s.OffsetMiB >= 0 && !math.IsInf(s.OffsetMiB, 0) && s.Zeros >= ZerosInside && s.Zeros <= ZerosAsBooted
}
