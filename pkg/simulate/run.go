package simulate

import (
	"context"
	"iter"

	"vmmp/pkg/migration"
)

// Run is a Request that is being carried out.
type Run struct {
	Mode  Mode        // that the request means
	Total int         // migrations, 0 where nobody knows
	SoFar Accumulator // of the migrations that are over

	request    Request
	host       migration.Features // what this machine told of itself last
	migrations iter.Seq2[Migration, error]
	kept       []Migration
}

// Begin prepares a run, which ends with ctx. In the mode Single it measures this machine; in all others nothing is done
// before migrations are asked for. It returns migration.Faults if Check lists any, or the error of the measurement.
func (r Request) Begin(ctx context.Context, p Predictor) (*Run, error) {
	if err := r.Check().Err(); err != nil {
		return nil, err
	}
	run := &Run{Mode: r.mode(), Total: r.Count, request: r}
	if run.Mode == OfFleet && r.Backend == nil {
		run.migrations = predicted(ctx, p, fleetRecords(ctx, r.Seed, r.Count))
	} else {
		vms, err := run.vms(ctx)
		if err != nil {
			return nil, err
		}
		run.migrations = stream(ctx, p, r.backend(), vms, r.Seed)
	}
	if r.Report != nil {
		run.migrations = reported(ctx, r.Report, run.migrations)
	}
	return run, nil
}

// vms returns those of the mode.
func (r *Run) vms(ctx context.Context) (VMs, error) {
	q := &r.request
	switch r.Mode {
	case Continuous:
		return r.continuous(ctx), nil
	case Stress:
		scenarios, err := NamedScenarios(q.Scenarios...)
		return r.listed(scenarioVMs(scenarios, q.Count, q.Seed)), err
	case Replay:
		return r.listed(rowVMs(q.Rows)), nil
	case OfFleet:
		return of(fleetVMs(q.Seed, q.Count)), nil
	}
	host, err := r.measure(ctx)
	return same(fill(q.Given, host), q.Count), err
}

// continuous returns one VM after the other, each as busy as this machine is by then.
func (r *Run) continuous(ctx context.Context) VMs {
	q := &r.request
	n := q.Count
	if q.Endless {
		n, r.Total = 0, 0
		if _, simulated := q.backend().(Physics); simulated { // real migrations may take longer than the interval
			r.Total = q.rounds()
		}
	}
	return repeat(ctx, q.Interval, q.Duration, n, func() VMs { return measured(ctx, q.Given, r.measure) })
}

// rounds returns how many intervals begin before the duration is over, 0 where it never is.
func (r *Request) rounds() int {
	if r.Duration == 0 {
		return 0
	}
	return int(r.Duration/r.Interval) + 1
}

// listed returns VMs that are at hand, with what is given in place of theirs.
func (r *Run) listed(all []VM) VMs {
	r.Total = len(all)
	return of(overlay(all, r.request.Given))
}

// measure returns what this machine tells of itself. It asks it nothing where all of that is given.
func (r *Run) measure(ctx context.Context) (x migration.Features, err error) {
	if r.request.Measure == nil || wanted(r.request.Given.Known()) == 0 {
		return x, nil
	}
	r.host, err = r.request.Measure(ctx)
	return r.host, err
}

// Migrations executes the run and yields each migration as soon as it is over. An error ends the sequence:
// migration.Faults for a VM that cannot be migrated, each with the name of a feature as its location; that of the
// context when it ends; or that of the back end, the predictor, the measurement or the report, beside a migration
// that is not counted.
func (r *Run) Migrations() iter.Seq2[Migration, error] {
	return func(yield func(Migration, error) bool) {
		for m, err := range r.migrations {
			if err == nil {
				r.SoFar.Add(&m)
				if r.request.Keep {
					r.kept = append(r.kept, m)
				}
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// Result returns what has come of the run so far.
func (r *Run) Result() Result {
	s := r.SoFar.Summary()
	return Result{Mode: r.Mode, Host: r.host, Seed: r.request.Seed, Count: s.Count, Simulations: r.kept, Summary: s}
}
