package libvirt

import (
	"context"
	"errors"
	"fmt"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// Watch calls ended for each migration from this host that ends, until the context does. It uses a connection of its
// own, and returns an error once that is lost or hangs.
//
// libvirt says what came of a migration that has completed, in an event. Of one that has not it says nothing: Watch
// sees that the job is over, and takes one that had begun its third pass, in which it sent anew what the guest had
// dirtied meanwhile, as given up because it did not converge, and one that had not as failed.
func (s *Source) Watch(ctx context.Context, ended func(source.Ended)) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.closed:
		return errClosed
	default:
	}
	err := s.watch(ctx, ended)
	select {
	case <-ctx.Done():
		return nil // whatever the end of the context broke
	default:
		return s.wrap("watch migrations", err)
	}
}

func (s *Source) watch(ctx context.Context, ended func(source.Ended)) error {
	c, err := s.place.connect(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	for _, id := range []golibvirt.DomainEventID{golibvirt.DomainEventIDLifecycle,
		golibvirt.DomainEventIDMigrationIteration, golibvirt.DomainEventIDJobCompleted} {
		_, err := call(ctx, c, func() (int32, error) {
			return c.ConnectDomainEventCallbackRegisterAny(int32(id), nil)
		})
		if err != nil {
			return err
		}
	}
	w := &watcher{client: c, moves: map[golibvirt.UUID]*move{}, ended: ended}
	if err := w.begin(ctx); err != nil {
		return err
	}
	return w.run(ctx, s.closed)
}

// A watcher follows the migrations of a host.
type watcher struct {
	client *client
	moves  map[golibvirt.UUID]*move // under way
	ended  func(source.Ended)
}

// A move is a migration under way.
type move struct {
	domain    golibvirt.Domain
	began     time.Time
	job       params    // as of when it was last seen
	over      time.Time // when its job was first seen to be over; zero before
	suspended bool      // by somebody, so that it could be finished
	postcopy  bool
}

// begin finds the migrations that are under way already.
func (w *watcher) begin(ctx context.Context) error {
	samples, err := w.client.samples(ctx, nil, golibvirt.DomainStatsState)
	if err != nil {
		return err
	}
	for _, s := range samples {
		if !s.running() {
			continue
		}
		if job, err := w.client.job(ctx, s.domain); err == nil && job.migrates() && job["operation"] == migrationOut {
			w.found(s.domain).see(job)
		}
	}
	return ctx.Err()
}

// run waits for events.
func (w *watcher) run(ctx context.Context, closed <-chan struct{}) error {
	follow, pulse := time.NewTicker(w.client.pace.follow), time.NewTicker(w.client.pace.pulse)
	defer follow.Stop()
	defer pulse.Stop()
	hung := make(chan error, 1)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-closed:
			return errClosed
		case <-w.client.wire.dead:
			w.hear(ctx) // what came before the end
			return w.client.wire.err
		case err := <-hung:
			return err
		case <-w.client.events.filled:
			w.hear(ctx)
		case <-follow.C:
			w.follow(ctx)
		case <-pulse.C:
			go func() { w.feelPulse(ctx, hung) }()
		}
	}
}

// feelPulse says whether the connection no longer answers.
func (w *watcher) feelPulse(ctx context.Context, hung chan<- error) {
	ctx, cancel := context.WithTimeout(ctx, w.client.pace.answer)
	defer cancel()
	_, err := call(ctx, w.client, w.client.ConnectGetLibVersion)
	if !errors.Is(err, context.DeadlineExceeded) {
		return
	}
	select {
	case hung <- fmt.Errorf("libvirt has not answered for %v", w.client.pace.answer):
	default:
	}
}

// found returns the move of a domain, which is a new one where none was known.
func (w *watcher) found(domain golibvirt.Domain) *move {
	m := w.moves[domain.UUID]
	if m == nil {
		m = &move{domain: domain, began: time.Now(), job: params{}}
		w.moves[domain.UUID] = m
	}
	return m
}

// hear acts on the events that have come.
func (w *watcher) hear(ctx context.Context) {
	for _, e := range w.client.events.take() {
		switch e.procedure {
		case iterationProcedure:
			w.iterates(ctx, e)
		case completedProcedure:
			w.completed(e)
		case lifecycleProcedure:
			w.lives(e)
		}
	}
}

// iterates is told that a migration, or what is saved like one, begins a pass.
func (w *watcher) iterates(ctx context.Context, e event) {
	if w.moves[e.domain.UUID] != nil {
		return
	}
	job, err := w.client.job(ctx, e.domain)
	if err == nil && job["operation"] != migrationOut {
		return // a save or a snapshot, or over already: then its completion is told
	}
	w.found(e.domain).see(job)
}

// see takes note of what a job says.
func (m *move) see(job params) {
	if job == nil {
		return
	}
	m.job = job
	if elapsed := job.get("time_elapsed"); elapsed >= 0 {
		m.began = time.Now().Add(-milliseconds(elapsed))
	}
}

// lives is told that a domain goes from one state to another.
func (w *watcher) lives(e event) {
	m := w.moves[e.domain.UUID]
	if m == nil {
		return
	}
	switch golibvirt.DomainEventType(e.kind) {
	case golibvirt.DomainEventSuspended:
		m.suspended = m.suspended || e.detail == int32(golibvirt.DomainEventSuspendedPaused)
		m.postcopy = m.postcopy || e.detail == int32(golibvirt.DomainEventSuspendedPostcopy)
	case golibvirt.DomainEventResumed:
		m.suspended = m.suspended && e.detail != int32(golibvirt.DomainEventResumedUnpaused)
	case golibvirt.DomainEventStopped:
		if e.detail != int32(golibvirt.DomainEventStoppedMigrated) {
			w.end(m, migration.Failed, "the VM was stopped while it was migrated")
		}
	}
}

// completed is told what came of a job. Those that are no migrations from here are others' business.
func (w *watcher) completed(e event) {
	if e.job["operation"] != migrationOut {
		return
	}
	m := w.found(e.domain)
	m.see(e.job)
	status := migration.Completed
	if m.suspended {
		status = migration.Forced
	}
	w.end(m, status, "")
}

// follow asks for the migrations under way. One whose job is over, and of which nothing was told, has not completed.
func (w *watcher) follow(ctx context.Context) {
	for _, m := range w.moves {
		job, err := w.client.job(ctx, m.domain)
		switch {
		case ctx.Err() != nil || errors.Is(err, errBusy):
		case err == nil && job.active():
			m.see(job)
			m.over = time.Time{}
		case m.over.IsZero():
			m.over = time.Now()
			if err == nil && job[jobType] != 0 {
				m.job[jobType] = job[jobType] // failed, or cancelled
			}
		case time.Since(m.over) > w.client.pace.completion:
			status, reason := m.failure()
			w.end(m, status, reason)
		}
	}
}

// failure returns how a migration ended that has not completed.
func (m *move) failure() (migration.Status, string) {
	switch passes := m.job.get("memory_iteration"); {
	case golibvirt.DomainJobType(m.job[jobType]) == golibvirt.DomainJobFailed:
		return migration.Failed, "libvirt says that it failed"
	case golibvirt.DomainJobType(m.job[jobType]) == golibvirt.DomainJobCancelled:
		return migration.NotConverged, "it was cancelled"
	case passes > 2:
		return migration.NotConverged, fmt.Sprintf("it ended in pass %.0f without completing; "+
			"libvirt does not say why", passes)
	}
	return migration.Failed, "it ended before its third pass without completing; libvirt does not say why"
}

// end tells that a migration is over.
func (w *watcher) end(m *move, status migration.Status, reason string) {
	delete(w.moves, m.domain.UUID)
	vm := source.VM{ID: formatUUID(m.domain.UUID), Name: m.domain.Name, Host: w.client.host}
	outcome := m.job.outcome()
	outcome.Status = status
	if status == migration.Completed || status == migration.Forced {
		outcome.DowntimeMS = m.job.get("downtime")
	} else {
		vm.State = source.Running
	}
	features := m.job.settings()
	if m.postcopy {
		features.Set(migration.Method, migration.MethodPostcopy)
	}
	features.Set(migration.HypervisorVersion, w.client.version)
	w.ended(source.Ended{VM: vm, Began: m.began, Reason: reason, Record: migration.Record{
		Features: features, Outcome: outcome, Group: vm.ID, At: time.Now(), Source: migration.SourceLibvirt,
	}})
}
