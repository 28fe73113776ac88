package proxmox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

const (
	// mostFailures is how often in a row a cluster may fail to answer until it cannot be watched any longer.
	mostFailures = 10

	// longest is how long a migration may take that Watch tells of.
	longest = 24 * time.Hour
)

// Watch asks at the interval of the options which tasks of migration are over on the nodes that are online, and tells
// those that were not over at first, with what came of them by their logs. VMs that did not run are left out. A cluster
// that does not answer is asked again, up to 10 times in a row.
func (s *Source) Watch(ctx context.Context, ended func(source.Ended)) error {
	if s.readLog == nil {
		return unsupported("watch")
	}
	w := &watcher{source: s, seen: map[string]map[string]time.Time{}, tries: map[string]int{}}
	again := time.NewTicker(s.poll)
	defer again.Stop()
	for failures := 0; ; {
		err := w.round(ctx, ended)
		if failures++; err == nil {
			failures = 0
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case s.closed.Err() != nil:
			return fmt.Errorf("watch %s: %w", s.base.Host, errClosed)
		case errors.Is(err, source.ErrDenied), failures == mostFailures:
			return fmt.Errorf("watch: %w", err)
		}
		select {
		case <-ctx.Done():
		case <-s.closed.Done():
		case <-again.C:
		}
	}
}

// watcher remembers which tasks are over, by node and UPID, and when they were last listed.
type watcher struct {
	source *Source
	seen   map[string]map[string]time.Time
	tries  map[string]int // how often a log was asked for in vain
}

// round asks every node once, and tells what is new. The error is that of a cluster none of whose nodes answers.
func (w *watcher) round(ctx context.Context, ended func(source.Ended)) error {
	ctx, end := w.source.call(ctx, 0)
	defer end()
	nodes, err := w.source.nodes(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, node := range nodes {
		if err := w.node(ctx, node, ended); err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) == len(nodes) {
		return failed[0]
	}
	return nil
}

// node asks one node. What it has at first is old.
func (w *watcher) node(ctx context.Context, node string, ended func(source.Ended)) error {
	now := time.Now()
	all, err := w.source.tasks(ctx, node, "archive", "", now.Add(-longest))
	if err != nil {
		return err
	}
	seen, begun := w.seen[node]
	if !begun {
		seen = map[string]time.Time{}
		w.seen[node] = seen
	}
	slices.SortFunc(all, func(a, b task) int { return cmp.Compare(a.End.value, b.End.value) })
	for _, t := range all {
		_, old := seen[t.UPID]
		if !old && begun {
			if err := w.tell(ctx, node, t, ended); err != nil {
				return err // and ask again for this and those behind it
			}
		}
		seen[t.UPID] = now
	}
	for upid, last := range seen {
		if now.Sub(last) > longest {
			delete(seen, upid)
		}
	}
	return nil
}

// tell reads the log of a task, and tells what came of it.
func (w *watcher) tell(ctx context.Context, node string, t task, ended func(source.Ended)) error {
	told, err := w.source.log(ctx, node, t.UPID)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && !errors.Is(err, errLog) && w.again(t.UPID):
		return err
	case err != nil: // it is gone, or nobody can read it
		told = Log{Live: true, Record: migration.Record{Outcome: migration.UnknownOutcome()}, Reason: err.Error()}
	case !told.Live:
		return nil
	}
	ended(w.ended(ctx, t, told))
	return nil
}

// again reports whether a log is to be asked for once more.
func (w *watcher) again(upid string) bool {
	const patience = 3
	w.tries[upid]++
	if w.tries[upid] > patience {
		delete(w.tries, upid)
		return false
	}
	return true
}

// ended returns a migration that is over as it is told.
func (w *watcher) ended(ctx context.Context, t task, told Log) source.Ended {
	e := source.Ended{VM: w.vm(ctx, t), Record: told.Record, Began: moment(t.Start), Reason: told.Reason}
	e.Record.Source, e.Record.Group = migration.SourceProxmox, e.VM.ID
	if e.Record.At = moment(t.End); e.Record.At.IsZero() {
		e.Record.At = time.Now().Truncate(time.Second)
	}
	if e.Record.Outcome.Status == migration.StatusUnknown && !strings.HasPrefix(t.Status, "OK") {
		e.Record.Outcome.Status = migration.Failed
	}
	if e.Reason == "" && e.Record.Outcome.Status != migration.Completed {
		e.Reason = t.Status
	}
	return e
}

// vm returns the VM of a task, by its number alone where it is no longer listed.
func (w *watcher) vm(ctx context.Context, t task) source.VM {
	all, err := w.source.resources(ctx)
	if err == nil {
		for _, r := range all {
			if r.id() == t.ID {
				return r.vm()
			}
		}
	}
	return source.VM{ID: t.ID, Name: "VM " + t.ID}
}
