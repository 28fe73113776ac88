package population

import (
	"math"
	"math/rand/v2"

	"vmmp/pkg/migration"
)

// The shares of guests that are migrated otherwise than by a plain pre-copy: assumptions.
const (
	plainShare       = 0.6  // of all guests
	postcopyShare    = 0.1  // of the others, as all that follow
	restartShare     = 0.03 // on the same host
	multifdShare     = 0.35
	compressionShare = 0.15
	tlsShare         = 0.2
	xbzrleShare      = 0.12
	hugePagesShare   = 0.15
	vfioShare        = 0.06 // have devices of the host
)

// methods are the features of it. What is not known of them is plain.
var methods = migration.Of(migration.Method, migration.MultifdChannels, migration.Compression, migration.TLS,
	migration.XBZRLE, migration.HugePages, migration.VFIOMiB)

// choose draws how a guest is migrated.
func (g *guest) choose(r *rand.Rand) {
	if r.Float64() < plainShare {
		return
	}
	x := &g.features
	switch at := r.Float64(); {
	case at < postcopyShare:
		x.Set(migration.Method, migration.MethodPostcopy)
	case at < postcopyShare+restartShare:
		x.Set(migration.Method, migration.MethodCPR)
	}
	if r.Float64() < multifdShare {
		x.Set(migration.MultifdChannels, math.Round(logUniform(r, 2, 16)))
	}
	if r.Float64() < compressionShare {
		x.Set(migration.Compression, float64(1+r.IntN(migration.CompressionUADK)))
	}
	if r.Float64() < tlsShare {
		x.Set(migration.TLS, 1)
	}
	if r.Float64() < xbzrleShare {
		x.Set(migration.XBZRLE, 1)
	}
	if r.Float64() < hugePagesShare {
		x.Set(migration.HugePages, 1)
		x.Set(migration.ResidentMiB, x.Get(migration.MemoryMiB))
	}
	if r.Float64() < vfioShare {
		x.Set(migration.VFIOMiB, round(logUniform(r, 1, 4096), 3))
	}
}
