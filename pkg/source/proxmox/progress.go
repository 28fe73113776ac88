package proxmox

import (
	"context"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/source"
)

// Progress returns how the migration of a VM goes, by the newest line of its task's log, which has one every second.
func (s *Source) Progress(ctx context.Context, vm source.VM) (source.Progress, error) {
	if s.readLog == nil {
		return source.Progress{}, unsupported("progress of " + vm.ID)
	}
	ctx, end := s.call(ctx, 0)
	defer end()
	listed, err := s.running(ctx, vm)
	if err != nil {
		return source.Progress{}, err
	}
	now := listed.vm()
	active, err := s.tasks(ctx, now.Host, "active", vm.ID, time.Time{})
	if err != nil {
		return source.Progress{}, err
	}
	for _, t := range active {
		if t.ID != vm.ID || t.End.known {
			continue
		}
		told, err := s.log(ctx, now.Host, t.UPID)
		if err != nil {
			return source.Progress{}, err
		}
		if n := len(told.Samples); n > 0 {
			p := source.Progress{VM: now, Sample: told.Samples[n-1], Version: math.NaN(), Settings: told.Record.Features}
			p.Started = moment(t.Start)
			return p, nil
		}
	}
	return source.Progress{}, fmt.Errorf("progress of %s: %w", vm.ID, source.ErrNotMigrating)
}

// moment returns that of so many seconds since 1970; the zero time where it is unknown.
func moment(n number) time.Time {
	if !n.known || n.value <= 0 || n.value > 1e11 {
		return time.Time{}
	}
	return time.Unix(int64(n.value), 0)
}
