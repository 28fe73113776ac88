package link

import (
	"fmt"
	"math"
	"time"
)

// Link describes the network between source and destination. Its zero value is as fast as this machine copies.
type Link struct {
	// Mbps is the line rate in 10^6 bits a second; 0 leaves it unshaped. TCP/IP over Ethernet with 1500-byte frames
	// leaves 1448 of 1538 bytes (94.1 %) to the payload, and that much is let through.
	Mbps float64

	// Latency is added one way, to both directions.
	Latency time.Duration

	// Jitter is the most that is added to the latency, drawn uniformly from 0..Jitter for each chunk. It never
	// reorders: a chunk waits for the one before it.
	Jitter time.Duration
}

// PayloadShare is what headers, checksum, preamble and gap leave of an Ethernet frame of 1500 bytes.
const PayloadShare = 1448.0 / 1538.0

const (
	// The size of a chunk follows the rate, so that the line moves every millisecond or so where it is slow and is
	// cheap where it is fast.
	minChunk = 16 << 10
	maxChunk = 256 << 10

	// The bucket holds what passes in burstTime, which covers a timer that is late by a millisecond, and never less
	// than minBurst bytes.
	burstTime = 2 * time.Millisecond
	minBurst  = 64 << 10

	// maxLateness is how late a sleeper may be woken without loss to the line.
	maxLateness = 20 * time.Millisecond

	// minOutBuffer is a small send buffer towards the destination, in bytes.
	minOutBuffer = 128 << 10

	// unshapedCapacity bounds the bytes under way on a line with latency but no rate: 100 ms of 640 MB/s, which is more
	// than an emulated sender reaches.
	unshapedCapacity = 64 << 20

	// returnCapacity bounds the bytes under way on the return path, which carries a few bytes per round.
	returnCapacity = 1 << 20

	// maxCapacity bounds rate x delay of a line that is shaped.
	maxCapacity = 256 << 20
)

// validate returns what is wrong with the link.
func (l Link) validate() error {
	switch {
	case math.IsNaN(l.Mbps) || math.IsInf(l.Mbps, 0) || l.Mbps < 0:
		return fmt.Errorf("link rate %v Mbps: must be a number above 0, or 0 for unshaped", l.Mbps)
	case l.Latency < 0:
		return fmt.Errorf("link latency %v: must not be negative", l.Latency)
	case l.Jitter < 0:
		return fmt.Errorf("link jitter %v: must not be negative", l.Jitter)
	case l.capacity() > maxCapacity:
		return fmt.Errorf("link of %v Mbps with %v latency and %v jitter: would hold %.0f MiB under way, "+
			"at most %d are possible: lower one of them",
			l.Mbps, l.Latency, l.Jitter, l.capacity()/(1<<20), maxCapacity>>20)
	}
	return nil
}

// rate returns the payload in bytes per second, 0 for unshaped.
func (l Link) rate() float64 { return l.Mbps * 1e6 / 8 * PayloadShare }

// burst returns the bytes that a line which stood idle passes at once.
func (l Link) burst() float64 { return max(l.rate()*burstTime.Seconds(), minBurst) }

// chunk returns the bytes that are passed on in one piece: a millisecond's worth.
func (l Link) chunk() int {
	if l.Mbps == 0 {
		return maxChunk
	}
	return int(min(max(l.rate()/1000, minChunk), maxChunk))
}

// delayed reports whether bytes spend time on the line besides the bucket's.
func (l Link) delayed() bool { return l.Latency > 0 || l.Jitter > 0 }

// capacity returns the most bytes that may be under way: what the rate fills the delay with, a chunk, and as much as
// arrives while the goroutine at the far end is woken late. More would let the sender believe in a faster line, less
// would slow the line down.
func (l Link) capacity() float64 {
	if l.Mbps == 0 {
		return unshapedCapacity
	}
	return l.rate()*(l.Latency+l.Jitter+maxLateness).Seconds() + float64(l.chunk())
}

// outBuffer returns the send buffer towards the destination in bytes. It lies behind the bucket, so that it cannot make
// the line look faster than it is, and takes what passes in maxLateness: with less, a destination that waits for a
// processor holds the line up (two busy emulators on two cores: 735 of 941 Mbps with 128 KiB, 867 with this). The
// kernel grants no more than net.core.wmem_max.
//
// The buffer before the bucket is the source's: a unix stream socket ignores SO_RCVBUF, and what may be written to it
// unread is bounded by the writer's own SO_SNDBUF, 208 KiB by default.
func (l Link) outBuffer() int {
	return max(minOutBuffer, int(l.rate()*maxLateness.Seconds()))
}
