package qemu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/query"
	"vmmp/pkg/source"
)

// How often QEMU is asked for its migration while it is watched. That its guest stops, as at the end of a migration, it
// tells everybody, which is reason to ask at once; what its migration does it tells only where the capability events is
// on, as management sets it.
const (
	idleEvery   = 10 * time.Second // without events
	quietEvery  = time.Minute      // with them
	activeEvery = 250 * time.Millisecond
	lastEvery   = 20 * time.Millisecond // while the rest is sent: QEMU may be ended as soon as it is
)

// watchPatience is how long a QEMU that is watched may leave questions unanswered.
const watchPatience = time.Minute

// Watch keeps the monitor, and calls ended for each migration out of this QEMU that ends. It returns nil once the
// context has ended, or QEMU has after a migration that completed; an error that wraps source.ErrGone where QEMU ends
// otherwise.
func (p *place) Watch(ctx context.Context, ended func(source.Ended)) error {
	err := p.connection.use(ctx, func(s *session) error {
		w := watcher{s: s, ended: ended, answered: time.Now()}
		var leave func()
		w.events, leave = s.listen()
		defer leave()
		return w.watch(ctx)
	})
	if ctx.Err() != nil {
		return nil //nolint:nilerr // that it ends is no error
	}
	return err
}

// watcher follows the migrations of a QEMU.
type watcher struct {
	s        *session
	events   <-chan qmp.Event
	ended    func(source.Ended)
	follower follower
	answered time.Time // last
	status   string    // what QEMU does while a migration is under way
	word     qmp.Event // last of a migration's state
	moved    bool      // a migration has completed
	settings migration.Features
}

func (w *watcher) watch(ctx context.Context) error {
	on, err := query.MigrateCapabilities(ctx, w.s)
	if err != nil {
		return err
	}
	for {
		m, err := w.ask(ctx)
		if err != nil {
			return w.gone(err)
		}
		timer := time.NewTimer(w.pause(m, on["events"]))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case e, ok := <-w.events:
			w.hear(e, ok)
		case <-timer.C:
		}
	}
}

// pause returns how long to wait until the next question.
func (w *watcher) pause(m query.Migration, events bool) time.Duration {
	stopped := w.status == query.FinishMigrate || w.status == query.PostMigrate // asked after the migration
	switch {
	case m.Active() && stopped && !m.Postcopy():
		return lastEvery
	case m.Active():
		return activeEvery
	case events:
		return quietEvery
	}
	return idleEvery
}

// hear takes an event, which is a reason to ask again; ok is false once there are no more.
func (w *watcher) hear(e qmp.Event, ok bool) {
	if !ok {
		w.events = nil // the next question fails
		return
	}
	if e.Name == "MIGRATION" {
		w.word = e
	}
}

// ask asks how QEMU's migration goes, and tells of one that has ended.
func (w *watcher) ask(ctx context.Context) (query.Migration, error) {
	m, err := w.look(ctx)
	switch {
	case err == nil:
		w.answered = time.Now()
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) && time.Since(w.answered) < watchPatience:
		return m, nil // its main loop may be held up, by a disk or by the migration itself
	default:
		return m, err
	}
	if w.follower.see(m, w.status, w.answered) {
		return m, w.tell(ctx, m)
	}
	if m.Active() && w.settings.Known() == 0 {
		w.settings, err = inForce(ctx, w.s, m)
	}
	return m, err
}

func (w *watcher) look(ctx context.Context) (query.Migration, error) {
	w.status = ""
	m, err := query.Migrate(ctx, w.s)
	if err == nil && m.Active() {
		w.status, err = query.Status(ctx, w.s)
	}
	return m, err
}

// tell calls ended with the migration that QEMU has told the end of. A QEMU that ends meanwhile has told enough.
func (w *watcher) tell(ctx context.Context, m query.Migration) error {
	vm, _, err := describe(ctx, w.s)
	if err == nil {
		var x migration.Features
		if x, err = inForce(ctx, w.s, m); err == nil {
			w.settings = x
		}
	}
	if err != nil {
		vm = source.VM{ID: w.s.at.String(), Name: w.s.at.label(), State: source.Stopped}
	}
	w.report(vm, m, time.Now())
	return err
}

// report calls ended.
func (w *watcher) report(vm source.VM, m query.Migration, at time.Time) {
	x := w.settings
	x.Set(migration.HypervisorVersion, version(w.s.Version()))
	if v := vfioMiB(m); v <= migration.VFIOMiB.Definition().Max {
		x.Set(migration.VFIOMiB, v)
	}
	if m.Postcopy() {
		x.Set(migration.Method, migration.MethodPostcopy)
	}
	outcome, began := w.follower.finish(m, at)
	w.moved, w.word = m.Status == "completed", qmp.Event{}
	w.settings = migration.Features{}
	reason := m.ErrorDesc
	if outcome.Status == migration.Failed && m.Status == "cancelled" {
		reason = "it was cancelled in its first pass"
	}
	record := migration.Record{Features: x, Outcome: outcome, At: at, Source: migration.SourceQEMU}
	w.ended(source.Ended{VM: vm, Record: record, Began: began, Reason: reason})
}

// gone returns what it means that QEMU cannot be asked any more. One that its management ends as soon as its guest has
// moved may have said so in an event, and never answered for its figures.
func (w *watcher) gone(err error) error {
	if !errors.Is(err, source.ErrGone) {
		return err
	}
	for w.events != nil { // until their end, which has come
		e, ok := <-w.events
		w.hear(e, ok)
	}
	if w.follower.underWay && statusOf(w.word) == "completed" {
		vm := source.VM{ID: w.s.at.String(), Name: w.s.at.label(), State: source.Stopped}
		w.report(vm, query.Migration{Status: "completed", RAM: w.follower.last.RAM}, w.word.At)
	}
	switch {
	case w.moved:
		return nil
	case w.follower.underWay:
		return fmt.Errorf("its migration was under way, and what came of it is not known: %w", err)
	}
	return err
}

// statusOf returns what an event MIGRATION says.
func statusOf(e qmp.Event) string {
	var data struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(e.Data, &data) != nil {
		return ""
	}
	return data.Status
}
