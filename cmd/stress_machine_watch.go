package cmd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
	"vmmp/pkg/stress"
)

// machineWatch looks at this machine while it is loaded.
type machineWatch struct {
	*env
	model   *model.Model
	load    stress.Load
	metrics *shownMetrics
	view    *machineView
}

// observation is what a load did to the machine for a while, and the prediction of
// that.
type observation struct {
	host       host.Snapshot
	load       stress.Status
	dirtyRate  float64 // MiB/s, of all workers; NaN where it is not known
	prediction prediction.Prediction
}

// machineSummary is what came of a load.
type machineSummary struct {
	quiet       observation
	loaded      *observation // from the end of the ramp; nil where nothing was seen of it
	load        stress.Status
	interrupted bool
}

// quietReadings are averaged into what the machine does without the load.
const quietReadings = 2

// run looks at the quiet machine, loads it, and tells what came of it however the
// load ends.
func (w *machineWatch) run(ctx context.Context) error {
	s, err := w.summary(ctx)
	if s == nil {
		w.view.end() //nolint:errcheck // a fault of writing is err already
		return err
	}
	if fault := w.view.summary(*s); fault != nil {
		return fault
	}
	return err
}

// summary is what came of the load, nil where it could not be seen or held. A load
// that was interrupted has a summary and is an error.
func (w *machineWatch) summary(ctx context.Context) (*machineSummary, error) {
	quiet, err := w.quiet(ctx)
	if err != nil {
		return nil, err
	}
	w.view.begin(quiet)
	loading, stop := context.WithCancel(ctx)
	defer stop()
	running, err := stress.Start(loading, w.load)
	if err != nil {
		return nil, err
	}
	seen, unseen := w.watch(running)
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
	return &machineSummary{quiet: quiet, load: status, interrupted: err != nil, loaded: w.mean(seen, status)}, err
}

// quiet is what the machine does without the load, which dirties nothing yet.
func (w *machineWatch) quiet(ctx context.Context) (observation, error) {
	w.view.measuring()
	var seen readings
	for range quietReadings {
		s, err := w.read(ctx, liveInterval)
		if err != nil {
			return observation{}, err
		}
		seen.add(s)
	}
	return w.observe(seen.mean(), stress.Status{}, 0), nil
}

func (w *machineWatch) read(ctx context.Context, interval time.Duration) (host.Snapshot, error) {
	s, err := w.snapshot(ctx, interval)
	if err != nil {
		return s, fmt.Errorf("read this machine: %w", err)
	}
	return s, nil
}

// sight is what was seen of a loaded machine.
type sight struct{ full, all readings } // since the ramp was over, and since the load began

// watch looks at the loaded machine until the load ends.
func (w *machineWatch) watch(running *stress.Running) (sight, error) {
	ctx, every := running.Context(), w.interval()
	var seen sight
	for tick := time.NewTicker(every); ; {
		s, err := w.read(ctx, every)
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
		o := w.observe(s, status, w.dirtyRate(status))
		seen.all.add(s)
		if status.Elapsed-s.Interval >= w.load.Ramp {
			seen.full.add(s)
		}
		w.metrics.show(o)
		if err := w.view.show(o); err != nil {
			return seen, err
		}
	}
}

// interval is a second, or less where the load is over before two have passed.
func (w *machineWatch) interval() time.Duration {
	if short := w.load.Timeout * 2 / 5; short > 0 {
		return min(liveInterval, short)
	}
	return liveInterval
}

// dirtyRate is what all workers dirty in a second, in MiB.
func (w *machineWatch) dirtyRate(s stress.Status) float64 {
	r := s.Of(stress.VM)
	return r.Achieved * float64(r.Workers) / (1 << 20)
}

// observe predicts the migration of a virtual machine like this one. Of its memory
// the load is all that dirties any: nothing tells what others dirty.
func (w *machineWatch) observe(s host.Snapshot, status stress.Status, dirtyRate float64) observation {
	o := observation{host: s, load: status, dirtyRate: math.NaN()}
	x := s.Features()
	if v := w.load.VM; v.Workers > 0 {
		o.dirtyRate = dirtyRate
		x.Set(migration.DirtyRate, dirtyRate)
		x.Set(migration.WorkingSetMiB, float64(v.Written())*float64(v.Workers)/(1<<20))
	}
	o.prediction = w.model.Predict(x, model.Options{})
	return o
}

// mean is the machine under the full load, nil where nothing was seen of it.
func (w *machineWatch) mean(seen sight, status stress.Status) *observation {
	of := seen.full
	if of.count == 0 {
		of = seen.all // it ended within the ramp
	}
	if of.count == 0 {
		return nil
	}
	o := w.observe(of.mean(), status, w.dirtyRate(status))
	return &o
}
