package source

import (
	"context"
	"errors"
	"iter"
	"time"

	"vmmp/pkg/migration"
)

// What can be wrong with a question rather than with the place that is asked.
var (
	ErrUnknownVM    = errors.New("no such VM")
	ErrNotMigrating = errors.New("the VM is not being migrated")
	ErrGone         = errors.New("the VM has stopped or moved away")
	ErrDenied       = errors.New("not permitted")
	ErrUnsupported  = errors.New("the place does not tell that")
)

// A Source is a place where VMs run: a host with libvirt, one QEMU, a platform that is watched.
type Source interface {
	// List returns the VMs of the place, running or not, in the order of their names.
	List(ctx context.Context) ([]VM, error)

	// Observe returns what is known of a VM that List returned. It measures what the ask says and the place allows;
	// what it could not read is unknown, and a note says why. Errors are ErrGone of a VM that does not run (any more),
	// and those of a place that cannot be asked at all.
	Observe(ctx context.Context, vm VM, ask Ask) (Observation, error)

	// Progress returns how the migration of a VM goes now; ErrNotMigrating where none is under way.
	Progress(ctx context.Context, vm VM) (Progress, error)

	// Watch calls ended for each migration that ends from now on, one after the other, until the context ends, which
	// is no error; or until the place cannot be watched any longer, which is. ErrUnsupported is returned at once.
	Watch(ctx context.Context, ended func(Ended)) error

	// Close gives the connection back. Calls under way fail.
	Close() error
}

// A Bulk is a Source that observes many VMs for the price of a few.
type Bulk interface {
	Source

	// ObserveAll yields an observation of each VM, in their order, or beside a VM alone the error that Observe has of it.
	// What is not told of any of them is noted with the first only. A place that cannot be asked at all yields its error
	// for each.
	ObserveAll(ctx context.Context, vms []VM, ask Ask) iter.Seq2[Observation, error]
}

// A VM is one as its place lists it.
type VM struct {
	ID     string            // what the place knows it by: a UUID, namespace/name, a number, a socket
	Name   string            // what people call it; never empty
	Host   string            // that it runs on; empty where that is not known
	State  State             // as of when it was listed
	Labels map[string]string // of the place's own; nil where it has none
}

// A State is what a VM does.
type State string

// The states of a VM.
const (
	Unknown   State = ""
	Running   State = "running"
	Paused    State = "paused"
	Migrating State = "migrating"
	Stopped   State = "stopped"
)

// An Ask says what may be done to observe a VM beyond reading. The zero Ask reads.
type Ask struct {
	Interval  time.Duration // between the two samples that rates are made of; 0: as short as the place allows
	DirtyRate bool          // measure what the guest dirties in a second: it takes that long, and slows it a little
	Curve     bool          // measure it over several windows, the shortest below a second; implies DirtyRate
	To        string        // host that the VM would be moved to, where the place knows its links; empty: any
}

// An Observation is what a place tells of a VM.
type Observation struct {
	VM       VM
	At       time.Time // when the newest of it was read
	Features migration.Features
	Origins  map[migration.Feature]Origin // of each known feature
	// Unmovable says why the VM cannot be migrated live; empty where nothing is known to prevent it.
	Unmovable string
	Notes     []string // what was not read, and what would allow it, a sentence each
}

// An Origin is where a feature comes from.
type Origin struct {
	From string        // in the place's own words, such as "domstats balloon.rss" or a query
	Age  time.Duration // of the value when the VM was observed; of a rate, of its younger sample
}

// Progress is how a migration goes while it runs.
type Progress struct {
	VM      VM
	Started time.Time // zero where the place does not tell
	Sample  migration.Sample
	Version float64 // of the hypervisor that tells, as migration.VersionNumber has it; NaN where it is unknown
	// Settings are the features that the running migration tells by itself: limit, cap, methods.
	Settings migration.Features
}

// Ended is a migration that is over.
type Ended struct {
	VM VM
	// Record holds the outcome, when it ended and by which source, and of the features those that the place tells only
	// then. What was known before is the caller's.
	Record migration.Record
	// Began is when the migration began; zero where the place does not tell.
	Began time.Time
	// Reason is the place's own, of a migration that failed or was given up.
	Reason string
}
