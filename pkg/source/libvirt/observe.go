package libvirt

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

const (
	// defaultInterval is between two samples where nobody says: libvirt's CPU times come in steps of 10 ms.
	defaultInterval = 300 * time.Millisecond
	// A call samples so many domains: at least as many as one thread of libvirt is soon done with, while others sample
	// others; at most what fits into an answer.
	leastSampled, mostSampled = 10, 500
)

// A subject is a domain that is being observed.
type subject struct {
	vm     source.VM
	domain golibvirt.Domain
	err    error // why there is no observation
	first  sample
	second sample

	job           params
	definition    *definition
	definitionErr error
	limitMS       uint64
	limitErr      error
	speed         uint64 // MiB/s
	speedErr      error

	dirty dirtying
	notes []string
}

// Observe returns what libvirt tells of a running domain; see ObserveAll.
func (s *Source) Observe(ctx context.Context, vm source.VM, ask source.Ask) (source.Observation, error) {
	for o, err := range s.ObserveAll(ctx, []source.VM{vm}, ask) {
		if err != nil {
			return source.Observation{}, err
		}
		return o, nil
	}
	panic("libvirt: of one VM nothing was observed")
}

// ObserveAll observes domains together: two samples of all, and between them what each is asked for by itself.
func (s *Source) ObserveAll(ctx context.Context, vms []source.VM, ask source.Ask) iter.Seq2[source.Observation, error] {
	return func(yield func(source.Observation, error) bool) {
		c, subjects := s.observeAll(ctx, vms, ask)
		for i, subject := range subjects {
			o, err := source.Observation{VM: vms[i]}, error(nil)
			if subject.err != nil {
				err = s.wrap("observe "+vms[i].Name, subject.err)
			} else {
				o = subject.observation(c, ask)
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// observeAll returns what was asked of each domain, in the order of the VMs. What concerns all of them is in the err of
// each.
func (s *Source) observeAll(ctx context.Context, vms []source.VM, ask source.Ask) (*client, []*subject) {
	subjects := make([]*subject, len(vms))
	for i, vm := range vms {
		subjects[i] = &subject{vm: vm}
		subjects[i].domain, subjects[i].err = domainOf(vm)
	}
	c, err := s.client(ctx)
	if err == nil {
		err = s.observe(ctx, c, subjects, ask)
	}
	for _, subject := range subjects {
		if subject.err == nil {
			subject.err = err
		}
	}
	return c, subjects
}

// observe fills the subjects. What concerns one of them is in its err.
func (s *Source) observe(ctx context.Context, c *client, subjects []*subject, ask source.Ask) error {
	if err := c.sampleAll(ctx, subjects, counters, func(s *subject) *sample { return &s.first }); err != nil {
		return err
	}
	began := time.Now()
	sideBySide(len(subjects), measuredAtOnce, func(i int) {
		if s := subjects[i]; s.err == nil {
			s.read(ctx, c)
			s.measure(ctx, c, ask)
		}
	})
	interval := ask.Interval
	if interval <= 0 {
		interval = defaultInterval
	}
	if err := sleep(ctx, interval-time.Since(began)); err != nil {
		return err
	}
	again, err := s.client(ctx) // which is another where domains hang on this one
	if err != nil {
		return err
	}
	groups := counters | golibvirt.DomainStatsBalloon
	return again.sampleAll(ctx, subjects, groups, func(s *subject) *sample { return &s.second })
}

// sampleAll takes a sample of each subject, of many in a few calls at once. One that does not run has ErrGone.
func (c *client) sampleAll(ctx context.Context, subjects []*subject, groups golibvirt.DomainStatsTypes,
	where func(*subject) *sample) error {
	size := min(max(leastSampled, (len(subjects)+callsAtOnce-1)/callsAtOnce), mostSampled)
	parts := slices.Collect(slices.Chunk(subjects, size))
	faults := make([]error, len(parts))
	sideBySide(len(parts), callsAtOnce, func(i int) {
		var domains []golibvirt.Domain
		for _, s := range parts[i] {
			if s.err == nil {
				domains = append(domains, s.domain)
			}
		}
		if len(domains) == 0 {
			return // or all there are would be sampled
		}
		var samples []sample
		samples, faults[i] = c.samples(ctx, domains, groups)
		if faults[i] != nil {
			return
		}
		found := byUUID(samples)
		for _, s := range parts[i] {
			s.take(found, where(s))
		}
	})
	for _, err := range faults {
		if err != nil {
			return err
		}
	}
	return nil
}

// take takes the subject's sample of those found.
func (s *subject) take(found map[golibvirt.UUID]sample, into *sample) {
	taken, ok := found[s.domain.UUID]
	switch {
	case s.err != nil:
	case !ok:
		s.err = fmt.Errorf("%w: libvirt knows no such domain (any more)", source.ErrGone)
	case !taken.running():
		s.err = fmt.Errorf("%w: it is shut off", source.ErrGone)
	default:
		*into = taken
	}
}

// read asks for what the subject alone is asked for.
func (s *subject) read(ctx context.Context, c *client) {
	s.job, _ = c.job(ctx, s.domain) // without it the state says whether it is migrated
	s.definition, s.definitionErr = c.define(ctx, s.domain)
	s.readLimits(ctx, c)
}

// readLimits asks for the limits that a migration is held to.
func (s *subject) readLimits(ctx context.Context, c *client) {
	s.limitMS, s.limitErr = patiently(ctx, c, func() (uint64, error) { return c.DomainMigrateGetMaxDowntime(s.domain, 0) })
	switch {
	case c.readOnly:
		s.speedErr = source.ErrDenied
		return
	case errors.Is(s.limitErr, errBusy): // and would be so again
		s.speedErr = errBusy
		return
	}
	s.speed, s.speedErr = patiently(ctx, c, func() (uint64, error) { return c.DomainMigrateGetMaxSpeed(s.domain, 0) })
}

// sleep waits; it returns the context's error if that ends before.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// note adds a sentence to the observation, unless nothing was wrong.
func (s *subject) note(what string, err error) {
	if err == nil {
		return
	}
	s.notes = append(s.notes, oneLine(what+": "+err.Error()))
}

// observation puts together what was found.
func (s *subject) observation(c *client, ask source.Ask) source.Observation {
	vm := s.vm
	vm.Name, vm.Host, vm.State = s.second.domain.Name, c.host, s.second.state(s.job)
	o := source.Observed(vm, s.second.at)
	s.tellRates(&o)
	s.tellMemory(&o)
	s.tellDefinition(&o)
	s.tellLimits(&o, ask)
	s.dirty.tell(&o)
	o.Tell(migration.HypervisorVersion, c.version, "virConnectGetVersion", o.At)
	o.Notes = append(o.Notes, s.notes...)
	return o
}
