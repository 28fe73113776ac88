package prometheus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

const (
	// mostFailures is how often in a row a server may fail to answer until it cannot be watched any longer.
	mostFailures = 10

	// patience is how many rounds a migration that is over is held back for the moment of its end, which another
	// component may tell later.
	patience = 3

	// memory is how long a migration that the server tells no more of is remembered: after a gap it is not a new one.
	memory = 7 * 24 * time.Hour
)

// Watch asks at the interval of the options which migrations are over, and tells those that were not over at first. A
// server that does not answer is asked again, up to 10 times in a row. Of a migration the time that it took is told to
// the resolution of its place, and never how long the guest was paused.
func (s *Source) Watch(ctx context.Context, ended func(source.Ended)) error {
	if len(s.mapping.ended) == 0 {
		return fmt.Errorf("watch %s: %w: the mapping %s has no queries of migrations that are over",
			s.shown, source.ErrUnsupported, s.mapping.name)
	}
	w := &watcher{source: s, seen: map[migrationKey]time.Time{}, waiting: map[migrationKey]int{}}
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
			return fmt.Errorf("watch %s: %w", s.shown, errClosed)
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

// migrationKey is what a migration is known by.
type migrationKey struct{ vm, name string }

// watcher remembers which migrations are over.
type watcher struct {
	source  *Source
	begun   bool                       // the first round is over, whose migrations are old
	seen    map[migrationKey]time.Time // told of, or old; when they were last there
	waiting map[migrationKey]int       // for their end, for so many rounds
}

// over is a migration that is over.
type over struct {
	vm         source.VM
	status     migration.Status
	start, end time.Time // zero: unknown
}

// round asks once, and tells what is new.
func (w *watcher) round(ctx context.Context, ended func(source.Ended)) error {
	ctx, end := w.source.call(ctx)
	all, err := w.source.over(ctx)
	end()
	if err != nil {
		return err
	}
	now := time.Now()
	for _, key := range slices.SortedFunc(maps.Keys(all), compareKeys) {
		_, old := w.seen[key]
		if !old && w.begun && w.early(key, all[key]) {
			continue
		}
		w.seen[key] = now
		delete(w.waiting, key)
		if !old && w.begun {
			ended(all[key].told())
		}
	}
	w.begun = true
	maps.DeleteFunc(w.seen, func(_ migrationKey, last time.Time) bool { return now.Sub(last) > memory })
	maps.DeleteFunc(w.waiting, func(key migrationKey, _ int) bool { _, there := all[key]; return !there })
	return nil
}

func compareKeys(a, b migrationKey) int {
	if c := strings.Compare(a.vm, b.vm); c != 0 {
		return c
	}
	return strings.Compare(a.name, b.name)
}

// early reports whether a migration is to be told in a later round, since its times may still come.
func (w *watcher) early(key migrationKey, o over) bool {
	if !w.source.mapping.end.asked() || !o.end.IsZero() && !o.start.IsZero() {
		return false
	}
	w.waiting[key]++
	return w.waiting[key] <= patience
}

// over asks which migrations are over, and when they began and ended.
func (s *Source) over(ctx context.Context) (map[migrationKey]over, error) {
	asked := &round{source: s}
	all := choice{interval: s.mapping.interval}
	for _, q := range s.mapping.ended {
		asked.want(q.text.fill(q.labels, all))
	}
	start := s.mapping.start.text.fill(s.mapping.start.labels, all)
	end := s.mapping.end.text.fill(s.mapping.end.labels, all)
	asked.want(start)
	asked.want(end)
	if err := asked.run(ctx); err != nil {
		return nil, err
	}
	for _, a := range asked.answers {
		if a.err != nil {
			return nil, a.err
		}
	}
	found := map[migrationKey]over{}
	for status, q := range s.mapping.ended {
		s.gather(found, asked.answers[q.text.fill(q.labels, all)], q, func(o *over, _ float64) { o.status = status })
	}
	known := len(found)
	s.gather(found, asked.answers[start], s.mapping.start, func(o *over, v float64) { o.start = later(o.start, unix(v)) })
	s.gather(found, asked.answers[end], s.mapping.end, func(o *over, v float64) { o.end = later(o.end, unix(v)) })
	if len(found) > known { // times of migrations that are not said to be over
		maps.DeleteFunc(found, func(_ migrationKey, o over) bool { return o.status == migration.StatusUnknown })
	}
	return found, nil
}

// gather enters what an answer tells of migrations.
func (s *Source) gather(found map[migrationKey]over, a answer, q query, enter func(*over, float64)) {
	for _, sample := range a.samples {
		key := migrationKey{idOf(sample.metric, q.labels), sample.metric[q.labels.migration]}
		if key.vm == "" || key.name == "" {
			continue
		}
		o := found[key]
		if o.vm.ID == "" {
			o.vm = source.VM{ID: key.vm, Name: hostName(sample.metric[q.labels.name])}
		}
		if host := sample.metric[q.labels.host]; host != "" {
			o.vm.Host = hostName(host)
		}
		enter(&o, sample.value)
		found[key] = o
	}
}

// later returns the later moment.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// told returns a migration that is over as it is told.
func (o over) told() source.Ended {
	outcome := migration.UnknownOutcome()
	outcome.Status = o.status
	if took := o.end.Sub(o.start); !o.start.IsZero() && !o.end.IsZero() && took > 0 {
		outcome.TotalTimeMS = float64(took.Milliseconds())
	}
	told := source.Ended{VM: o.vm, Began: o.start, Record: migration.Record{
		Outcome: outcome, Group: o.vm.ID, At: o.end, Source: migration.SourcePrometheus,
	}}
	if o.end.IsZero() {
		told.Record.At = time.Now().Truncate(time.Second)
	}
	if o.status != migration.Completed {
		told.Reason = "the metrics tell that it is " + string(o.status) + ", and not why"
	}
	return told
}
