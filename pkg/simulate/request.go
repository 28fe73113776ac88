package simulate

import (
	"math/rand/v2"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

// MaxCount is the largest number of simulated migrations in one request.
const MaxCount = 1000

// Request says which VM to migrate how often.
type Request struct {
	Features migration.Features // what is known of the VM
	Host     migration.Features // what a machine told of itself, for what Features leave open
	Count    int                // migrations, 1 to MaxCount
	Seed     uint64             // the same seed and VM give the same migrations, where the back end can repeat itself
	Ask      model.Ask          // what to predict beyond the prediction itself
}

// measurable is what a machine tells of itself.
var measurable = migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.NetworkBandwidth,
	migration.MemoryMiB, migration.ResidentMiB, migration.VCPUs)

// Wanted is what would be taken of a machine beside given features; when it is
// empty, there is no need to measure one. The resident memory of one machine says
// nothing of a VM with other RAM, or with another part of it in use.
func Wanted(given migration.Set) migration.Set {
	wanted := measurable &^ given
	if given.Has(migration.MemoryMiB) || given.Has(migration.MemoryUsage) {
		wanted &^= migration.Of(migration.ResidentMiB)
	}
	return wanted
}

// vm is what is known of the VM to migrate.
func (r *Request) vm() migration.Features {
	x := r.Features
	for f := range (Wanted(x.Known()) & r.Host.Known()).All() {
		x = x.With(f, r.Host)
	}
	return x
}

// NewSeed is a seed for whoever names none. It stays below 2^32: short to type,
// and exact for readers of JSON that know no integers.
func NewSeed() uint64 { return uint64(rand.Uint32()) }
