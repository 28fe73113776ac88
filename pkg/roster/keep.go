package roster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"vmmp/pkg/source"
)

// The pauses before a place that failed is opened again.
const (
	firstPause = time.Second
	mostPause  = time.Minute
)

// keep looks at a place again and again, and hears of its migrations, until ctx ends.
func (r *Roster) keep(ctx context.Context, p Place) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := r.visit(ctx, p)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > mostPause {
			pause = firstPause
		}
		r.options.Log.Warn("a place cannot be asked", "place", p.Name, "error", err, "again_in", pause)
		sleep(ctx, pause)
		pause = min(2*pause, mostPause)
	}
}

// visit opens the place and stays until it fails.
func (r *Roster) visit(ctx context.Context, p Place) error {
	s, err := open(ctx, p)
	if err != nil {
		return err
	}
	ctx, leave := context.WithCancelCause(ctx)
	defer s.Close() //nolint:errcheck // it has been read from only
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() {
		for {
			if err := r.look(ctx, s, p); err != nil {
				leave(err)
			}
			if sleep(ctx, p.Every); ctx.Err() != nil {
				return
			}
		}
	})
	both.Go(func() {
		err := s.Watch(ctx, func(e source.Ended) { r.ended(ctx, p, e) })
		if errors.Is(err, source.ErrUnsupported) {
			r.options.Log.Info("a place does not tell of migrations that end", "place", p.Name, "reason", err)
		} else if err != nil {
			leave(fmt.Errorf("watch: %w", err))
		}
	})
	<-ctx.Done()
	return context.Cause(ctx)
}

// open opens the place, within the time that a look may take.
func open(ctx context.Context, p Place) (source.Source, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Wait)
	defer cancel()
	return p.Open(ctx)
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// look lists the VMs of a place and observes those whose turn it is. What one VM does not tell is that VM's error.
func (r *Roster) look(ctx context.Context, s source.Source, p Place) error {
	ctx, cancel := context.WithTimeout(ctx, p.Wait)
	defer cancel()
	vms, err := s.List(ctx)
	if err != nil {
		return fmt.Errorf("list VMs: %w", err)
	}
	for o, err := range source.ObserveAll(ctx, s, r.turn(p, vms), p.Ask) {
		r.observed(p, o, err)
	}
	return nil
}

// remembered is how long a VM that has gone is remembered.
const remembered = 15 * time.Minute

// turn takes note of what a place lists, and returns the VMs to observe: those that can be, and were not for longest.
func (r *Roster) turn(p Place, vms []source.VM) []source.VM {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, listed := time.Now(), map[key]bool{}
	var due []*kept
	for _, vm := range vms {
		id := key{p.Name, vm.ID}
		listed[id] = true
		k := r.entries[id]
		if k == nil {
			k = &kept{Entry: Entry{Place: p.Name}}
			r.entries[id] = k
		}
		k.VM, k.gone = vm, time.Time{}
		if vm.State == source.Running || vm.State == source.Unknown {
			due = append(due, k)
		}
	}
	for id, k := range r.entries {
		if id.place != p.Name || listed[id] {
			continue
		}
		if k.gone.IsZero() {
			k.gone = now
		}
		if now.Sub(k.gone) > remembered {
			delete(r.entries, id)
		}
	}
	slices.SortStableFunc(due, func(a, b *kept) int { return a.looked.Compare(b.looked) })
	due = due[:min(len(due), p.Most)]
	turn := make([]source.VM, len(due))
	for i, k := range due {
		k.looked, turn[i] = now, k.VM
	}
	return turn
}

// observed keeps what a look told of a VM. Of one that began to be migrated meanwhile what was known before stands.
func (r *Roster) observed(p Place, o source.Observation, err error) {
	e := Entry{Place: p.Name, VM: o.VM, Observation: o}
	if err == nil {
		e.Prediction = r.options.Predict(o.Features)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.entries[key{p.Name, o.VM.ID}]
	switch {
	case k == nil:
	case err != nil:
		k.Err = err
	case o.VM.State != source.Migrating:
		k.Entry = e
	}
}

// ended hands on what came of a migration.
func (r *Roster) ended(ctx context.Context, p Place, e source.Ended) {
	if r.options.Ended == nil {
		return
	}
	out := Ended{Place: p.Name, Record: e.Record, Reason: e.Reason, Before: r.before(p, e)}
	if out.Before != nil {
		out.Record.Features = e.Record.Features.Or(out.Before.Observation.Features)
	}
	out.Record.Group = cmp.Or(out.Record.Group, e.VM.Name)
	out.Record.Site = cmp.Or(out.Record.Site, p.Site)
	r.options.Ended(ctx, out)
}

// before returns what was known of a VM before its migration, nil where nothing was.
func (r *Roster) before(p Place, e source.Ended) *Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	var best *kept
	for id, k := range r.entries {
		same := id.id == e.VM.ID || k.VM.Name == e.VM.Name
		if id.place == p.Name && same && k.Observed() && (best == nil || id.id == e.VM.ID) {
			best = k
		}
	}
	if best == nil || !e.Began.IsZero() && best.Observation.At.After(e.Began) {
		return nil
	}
	entry := best.Entry
	return &entry
}
