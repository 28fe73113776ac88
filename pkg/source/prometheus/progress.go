package prometheus

import (
	"context"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/source"
)

// Progress returns how the migration of a VM goes, as of the newest samples that the server has; NaN is what it does
// not tell.
func (s *Source) Progress(ctx context.Context, vm source.VM) (source.Progress, error) {
	if !s.mapping.active.asked() {
		return source.Progress{}, fmt.Errorf("progress of %s: %w: the mapping %s has no queries of it",
			vm.ID, source.ErrUnsupported, s.mapping.name)
	}
	ctx, end := s.call(ctx)
	defer end()
	chosen := choice{vm: &vm, interval: s.mapping.interval}
	all, err := s.list(ctx, chosen)
	if err != nil {
		return source.Progress{}, err
	}
	now, ok := all.vms[vm.ID]
	if !ok || now.State != source.Migrating {
		return source.Progress{}, fmt.Errorf("progress of %s: %w", vm.ID, source.ErrNotMigrating)
	}
	asked, err := s.readProgress(ctx, chosen, all.at)
	if err != nil {
		return source.Progress{}, err
	}
	p := source.Progress{VM: now.VM, Sample: unknownSample(), Version: math.NaN()}
	for _, field := range samples {
		q := s.mapping.progress[field.name]
		r := asked.reading(q, q.text.fill(q.labels, chosen), ageQuery(q, chosen))
		if v, _, why := r.get(vm.ID, now.Host, s.mapping.stale, all.at); why == "" && r.err == nil {
			field.set(&p.Sample, v*q.factor)
		}
	}
	if since := p.Sample.Seconds; since >= 0 && since < math.MaxInt32 {
		p.Started = time.Now().Add(-time.Duration(since * float64(time.Second)))
	}
	return p, nil
}

// readProgress asks for all that is told of a migration.
func (s *Source) readProgress(ctx context.Context, chosen choice, at time.Time) (*round, error) {
	asked := &round{source: s, at: at}
	for _, q := range s.mapping.progress {
		asked.want(q.text.fill(q.labels, chosen))
		asked.want(ageQuery(q, chosen))
	}
	return asked, asked.run(ctx)
}
