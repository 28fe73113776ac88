package stress

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
)

// Interval is the time over which a Monitor reads the machine, unless the load is short.
const Interval = time.Second

// QuietReadings are averaged into what the machine does without the load.
const QuietReadings = 2

// Monitor reads this machine before it is loaded and while it is.
type Monitor struct {
	Load Load
	// Read reads this machine over some time.
	Read func(context.Context, time.Duration) (host.Snapshot, error)
	// Quiet is told what the machine does without the load, before it begins.
	Quiet func(Observation)
	// Loaded is told each reading of the loaded machine. Its error ends the load.
	Loaded func(Observation) error
}

// Observation holds what a load did to the machine for a while.
type Observation struct {
	Host      host.Snapshot
	Load      Status
	DirtyRate float64 // MiB/s, of all workers; NaN where it is not known
	// Features are those of a virtual machine like this one. Of its memory the load is all that dirties
	// any: nothing tells what others dirty.
	Features migration.Features
}

// Summary holds what came of a load.
type Summary struct {
	Quiet       Observation
	Loaded      *Observation // in the mean, from the end of the ramp; nil where nothing was read of it
	Load        Status
	Interrupted bool
}

// Run reads the quiet machine, loads it, and reads it until the load ends. Without a summary the error
// says why the machine could not be read or loaded. A load that ctx ended has a summary, and ctx's error.
func (m *Monitor) Run(ctx context.Context) (*Summary, error) {
	quiet, err := m.quiet(ctx)
	if err != nil {
		return nil, err
	}
	m.Quiet(quiet)
	loading, stop := context.WithCancel(ctx)
	defer stop()
	running, err := Start(loading, m.Load)
	if err != nil {
		return nil, err
	}
	seen, unseen := m.watch(running)
	if unseen != nil {
		stop()
	}
	status, err := running.Wait()
	switch {
	case unseen != nil:
		return nil, unseen
	case err != nil && !errors.Is(err, context.Canceled):
		return nil, fmt.Errorf("load this machine: %w", err)
	}
	return &Summary{Quiet: quiet, Load: status, Interrupted: err != nil, Loaded: m.mean(seen, status)}, err
}

// quiet returns what the machine does without the load, which dirties nothing yet.
func (m *Monitor) quiet(ctx context.Context) (Observation, error) {
	var seen host.Average
	for range QuietReadings {
		s, err := m.read(ctx, Interval)
		if err != nil {
			return Observation{}, err
		}
		seen.Add(s)
	}
	return m.observe(seen.Mean(), Status{}, 0), nil
}

func (m *Monitor) read(ctx context.Context, interval time.Duration) (host.Snapshot, error) {
	s, err := m.Read(ctx, interval)
	if err != nil {
		return s, fmt.Errorf("read this machine: %w", err)
	}
	return s, nil
}

// readings are of a loaded machine: since the ramp was over, and since the load began.
type readings struct{ full, all host.Average }

// watch reads the loaded machine until the load ends.
func (m *Monitor) watch(running *Running) (readings, error) {
	ctx, every := running.Context(), m.interval()
	var seen readings
	for tick := time.NewTicker(every); ; {
		s, err := m.read(ctx, every)
		if err == nil {
			select { // a reading takes as long as it measures, unless it is a made-up one
			case <-tick.C:
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			tick.Stop()
			return seen, nil //nolint:nilerr // that the load is over is no fault of reading
		}
		if err != nil {
			return seen, err
		}
		status := running.Status()
		seen.all.Add(s)
		if status.Elapsed-s.Interval >= m.Load.Ramp {
			seen.full.Add(s)
		}
		if err := m.Loaded(m.observe(s, status, status.DirtyRate())); err != nil {
			return seen, err
		}
	}
}

// interval returns a second, or less where the load is over before two have passed.
func (m *Monitor) interval() time.Duration {
	if short := m.Load.Timeout * 2 / 5; short > 0 {
		return min(Interval, short)
	}
	return Interval
}

// observe returns what is known of the machine and of the load.
func (m *Monitor) observe(s host.Snapshot, status Status, dirtyRate float64) Observation {
	o := Observation{Host: s, Load: status, DirtyRate: math.NaN(), Features: s.Features()}
	if v := m.Load.VM; v.Workers > 0 {
		o.DirtyRate = dirtyRate
		o.Features.Set(migration.DirtyRate, dirtyRate)
		o.Features.Set(migration.WorkingSetMiB, float64(v.Written())*float64(v.Workers)/(1<<20))
	}
	return o
}

// mean returns the machine under the full load, nil where nothing was read of it.
func (m *Monitor) mean(seen readings, status Status) *Observation {
	of := seen.full
	if of.Count() == 0 {
		of = seen.all // it ended within the ramp
	}
	if of.Count() == 0 {
		return nil
	}
	o := m.observe(of.Mean(), status, status.DirtyRate())
	return &o
}
