package roster

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
	"vmmp/pkg/source"
)

// A Place is where VMs run, and how often it may be asked.
type Place struct {
	Name  string // that entries and messages call it by
	Site  string // of the migrations that are recorded there; empty: Name
	Open  func(context.Context) (source.Source, error)
	Ask   source.Ask
	Every time.Duration // between two looks; 0: a minute
	Most  int           // VMs that one look observes; 0: 500
	Wait  time.Duration // that one look may take; 0: as long as Every
}

// An Entry is a VM of the roster.
type Entry struct {
	Place       string
	VM          source.VM
	Observation source.Observation    // the zero one as long as it was not observed
	Prediction  prediction.Prediction // of what was observed
	Err         error                 // why the newest look told nothing; nil if it did
}

// Observed reports whether the VM was observed at all, so that there is a prediction.
func (e *Entry) Observed() bool { return !e.Observation.At.IsZero() }

// An Ended is a migration that is over, beside what was known and predicted of the VM before it.
type Ended struct {
	Place  string
	Record migration.Record
	Before *Entry // nil where the VM had not been observed
	Reason string // the place's own, of a migration that did not succeed
}

// Options say what a roster does with what it hears.
type Options struct {
	Places  []Place
	Predict func(migration.Features) prediction.Prediction
	// Ended is told of each migration that is over, one after the other of a place. It may be nil.
	Ended func(context.Context, Ended)
	Log   *slog.Logger
}

// A Roster is the VMs of several places. It is safe for concurrent use.
type Roster struct {
	options Options

	mu      sync.Mutex
	entries map[key]*kept
}

type key struct{ place, id string }

// kept is an entry with what decides when it is looked at, and forgotten.
type kept struct {
	Entry
	looked time.Time // when it was last observed, or that was tried
	gone   time.Time // since when its place does not list it; zero: it does
}

// New returns a roster that knows no VM yet; Run fills it.
func New(o Options) *Roster { return &Roster{options: o, entries: map[key]*kept{}} }

// Run keeps the roster until ctx ends.
func (r *Roster) Run(ctx context.Context) {
	var places sync.WaitGroup
	for _, p := range r.options.Places {
		places.Go(func() { r.keep(ctx, p.complete()) })
	}
	places.Wait()
}

func (p Place) complete() Place {
	p.Site, p.Every, p.Most = cmp.Or(p.Site, p.Name), cmp.Or(p.Every, time.Minute), cmp.Or(p.Most, 500)
	p.Wait = cmp.Or(p.Wait, p.Every)
	return p
}

// All returns the VMs that their places list, in the order of their names.
func (r *Roster) All() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Entry
	for _, k := range r.entries {
		if k.gone.IsZero() {
			all = append(all, k.Entry)
		}
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.VM.Name, b.VM.Name), cmp.Compare(a.Place, b.Place), cmp.Compare(a.VM.ID, b.VM.ID))
	})
	return all
}

// Find returns the VMs that a name or an id means: none where it is not known, several where it is not one alone.
func (r *Roster) Find(name string) []Entry {
	return slices.DeleteFunc(r.All(), func(e Entry) bool { return e.VM.Name != name && e.VM.ID != name })
}
