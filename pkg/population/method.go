package population

import (
	"math"
	"math/rand/v2"

	"vmmp/pkg/migration"
)

// The shares of guests that are migrated otherwise than by a plain pre-copy: assumptions.
const (
	plain      = 0.6 // of all guests
	postcopied = 0.1 // the rest of these is of the others
	restarted  = 0.03
	parallel   = 0.35
	compressed = 0.15
	encrypted  = 0.2
	xbzrled    = 0.12
	onHuge     = 0.15
	passed     = 0.06 // have devices of the host
)

// methods are the features of it. What is not known of them is plain.
var methods = migration.Of(migration.Method, migration.MultifdChannels, migration.Compression, migration.TLS,
	migration.XBZRLE, migration.HugePages, migration.VFIOMiB)

// choose draws how a guest is migrated.
func (g *guest) choose(r *rand.Rand) {
	if r.Float64() < plain {
		return
	}
	x := &g.features
	switch at := r.Float64(); {
	case at < postcopied:
		x.Set(migration.Method, migration.MethodPostcopy)
	case at < postcopied+restarted:
		x.Set(migration.Method, migration.MethodCPR)
	}
	if r.Float64() < parallel {
		x.Set(migration.MultifdChannels, math.Round(logUniform(r, 2, 16)))
	}
	if r.Float64() < compressed {
		x.Set(migration.Compression, float64(1+r.IntN(migration.CompressionUADK)))
	}
	if r.Float64() < encrypted {
		x.Set(migration.TLS, 1)
	}
	if r.Float64() < xbzrled {
		x.Set(migration.XBZRLE, 1)
	}
	if r.Float64() < onHuge {
		x.Set(migration.HugePages, 1)
		x.Set(migration.ResidentMiB, x.Get(migration.MemoryMiB))
	}
	if r.Float64() < passed {
		x.Set(migration.VFIOMiB, round(logUniform(r, 1, 4096), 3))
	}
}
