package prometheus

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// Observe returns what the server tells of a VM, narrowed to it. It measures nothing: what an ask wants measured is
// known where a platform measures by itself, and rates are those between two scrapes.
func (s *Source) Observe(ctx context.Context, vm source.VM, ask source.Ask) (source.Observation, error) {
	ctx, end := s.call(ctx)
	defer end()
	chosen := choice{vm: &vm, interval: s.mapping.interval}
	all, err := s.list(ctx, chosen)
	if err != nil {
		return source.Observation{}, err
	}
	now, err := s.running(all, vm)
	if err != nil {
		return source.Observation{}, err
	}
	chosen.hosts = now.hostsTo(ask.To)
	read, err := s.read(ctx, chosen, all.at)
	if err != nil {
		return source.Observation{}, err
	}
	o := s.observation(now, all, read, ask)
	o.Notes = append(o.Notes, read.notes(all)...)
	return o, nil
}

// ObserveAll yields an observation of each VM. It asks one query for each feature, and all series that it is of.
func (s *Source) ObserveAll(
	ctx context.Context, vms []source.VM, ask source.Ask,
) iter.Seq2[source.Observation, error] {
	return func(yield func(source.Observation, error) bool) {
		all, read, err := s.readAll(ctx)
		var once []string
		if err == nil {
			once = slices.Concat(read.notes(all), read.silent())
		}
		for _, vm := range vms {
			o, failed := source.Observation{VM: vm}, err
			if failed == nil {
				o, failed = s.observeOne(all, read, vm, ask)
			}
			if failed == nil {
				o.Notes, once = append(o.Notes, once...), nil
			}
			if !yield(o, failed) {
				return
			}
		}
	}
}

// readAll asks which VMs there are, and for the features of all of them.
func (s *Source) readAll(ctx context.Context) (listing, *readings, error) {
	chosen := choice{interval: s.mapping.interval}
	short, end := s.call(ctx)
	all, err := s.list(short, chosen)
	end()
	if err != nil {
		return listing{}, nil, err
	}
	long, end := s.within(ctx, 3*s.timeout)
	defer end()
	read, err := s.read(long, chosen, all.at)
	return all, read, err
}

// observeOne returns what was read of one VM of all.
func (s *Source) observeOne(all listing, read *readings, vm source.VM, ask source.Ask) (source.Observation, error) {
	now, err := s.running(all, vm)
	if err != nil {
		return source.Observation{VM: vm}, err
	}
	return s.observation(now, all, read, ask), nil
}

// running returns a VM as it is listed now; the error wraps source.ErrGone where it does not run.
func (s *Source) running(all listing, vm source.VM) (*listed, error) {
	now, ok := all.vms[vm.ID]
	switch {
	case !ok:
		return nil, fmt.Errorf("observe %s: %w: %s tells no more of it", vm.ID, source.ErrGone, s.shown)
	case now.State == source.Stopped:
		return nil, fmt.Errorf("observe %s: %w: it is stopped, by %s", vm.ID, source.ErrGone, s.shown)
	}
	return now, nil
}

// hostsTo returns the hosts that a migration would be between, as far as they are known.
func (l *listed) hostsTo(to string) []string {
	return slices.DeleteFunc([]string{l.Host, hostName(to)}, func(host string) bool { return host == "" })
}

// observation returns what the readings tell of a VM.
func (s *Source) observation(vm *listed, all listing, read *readings, ask source.Ask) source.Observation {
	o := source.Observed(vm.VM, time.Now())
	if len(vm.hosts) > 1 {
		o.Notes = append(o.Notes, fmt.Sprintf("the server has it on %d hosts at once, %s: what they tell differently is "+
			"left out", len(vm.hosts), strings.Join(vm.hosts, " and ")))
	}
	for f := range s.mapping.Features().All() {
		s.tell(&o, f, all.at, read, ask)
	}
	s.tellUnmovable(&o, read)
	if _, told := s.mapping.features[migration.DirtyRate]; !told && (ask.DirtyRate || ask.Curve) {
		o.Notes = append(o.Notes, fmt.Sprintf("dirty_rate is unknown: the mapping %s has no query of it, and no Prometheus "+
			"measures it", s.mapping.name))
	}
	return o
}

// tell tells one feature, or notes why not. What is silent of all VMs is not noted of each.
func (s *Source) tell(o *source.Observation, f migration.Feature, now time.Time, read *readings, ask source.Ask) {
	r, q := read.features[f], s.mapping.features[f]
	if r.err != nil || read.bulk && len(r.values) == 0 {
		return
	}
	key := o.VM.ID
	if q.perHost {
		if key = o.VM.Host; key == "" {
			o.Notes = append(o.Notes, fmt.Sprintf("%v is unknown: which host the VM is on is not told", f))
			return
		}
	}
	v, at, why := r.get(key, o.VM.Host, s.mapping.stale, now)
	if to := hostName(ask.To); why == "" && q.perHost && to != "" {
		v, at, why = slower(r, v, at, to, s.mapping.stale, now)
	}
	if why != "" {
		o.Notes = append(o.Notes, fmt.Sprintf("%v is unknown: %s (%s)", f, why, q.series))
		return
	}
	o.Tell(f, v*q.factor, read.texts[f], o.At.Add(at.Sub(now)))
}

// slower returns what the slower of two hosts can do: one end of a link is not enough.
func slower(
	r reading, v float64, at time.Time, to string, limit time.Duration, now time.Time,
) (float64, time.Time, string) {
	other, atOther, why := r.get(to, to, limit, now)
	switch {
	case why != "":
		return v, at, "of the host " + to + ", " + why
	case other < v:
		return other, atOther, ""
	}
	return v, at, ""
}

// tellUnmovable tells that a VM cannot be migrated, where the server says so.
func (s *Source) tellUnmovable(o *source.Observation, read *readings) {
	if _, told := read.unmovable.values[o.VM.ID]; told {
		o.Unmovable = s.mapping.reason
		o.Tell(migration.Migratable, 0, read.unmovableText, o.At)
	}
}
