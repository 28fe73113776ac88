package lab

import (
	"time"

	"vmmp/pkg/lab/link"
	"vmmp/pkg/migration"
)

// Method names a way to move a guest.
type Method string

// The methods.
const (
	Precopy  Method = "precopy"
	Postcopy Method = "postcopy" // switched to post-copy on the way
)

// Compression names what multifd makes pages smaller with.
type Compression string

// The compressions; an empty one is none.
const (
	Zlib Compression = "zlib"
	Zstd Compression = "zstd"
)

// MaxRounds is the number of rounds after which a migration that has not switched over counts as not converging.
const MaxRounds = 30

// Move says how one migration is carried out.
type Move struct {
	Link         link.Link
	LoopbackMbps float64 // over plain TCP of this machine, which carries so much, and not over the link; 0: over the link
	CapMbps      float64 // max-bandwidth of the rounds; 0: none
	Limit        time.Duration
	AutoConverge bool
	Method       Method
	PostcopyFrom time.Duration // when to switch to post-copy; 0: after the first round
	Channels     int           // of multifd; 0: without
	Compression  Compression   // of multifd
	XBZRLE       bool          // compression of what is sent again
	TLS          bool

	MaxRounds int           // given up then
	Timeout   time.Duration // given up then too, so that nothing runs for ever; 0: defaultTimeout
	Force     bool          // on giving up stop the guest and send the rest, instead of cancelling
}

const defaultTimeout = 2 * time.Minute

// Result holds what came of a migration.
type Result struct {
	migration.Outcome
	QEMUDowntimeMS float64 // by QEMU's own account
	SeenDowntimeMS float64 // as seen from outside the guest
	SetupMS        float64
	RemainingMiB   float64 // sent while the guest was stopped; unknown (NaN) over multifd, where QEMU does not count it
	PostcopyMiB    float64 // sent after the guest went on at the destination
	LinkMbps       float64 // what the link carried on average, from its first byte to its last
	DirtyMiBs      float64 // dirtied per second during the rounds, mean over the samples
	MaxThrottle    float64 // most of the guest's time that auto-converge took away, 0 to 1
	HostCPU        float64 // share of this machine's processors that was busy meanwhile, 0 to 1
	Reason         string  // QEMU's, where it failed
	Samples        []migration.Sample
}
