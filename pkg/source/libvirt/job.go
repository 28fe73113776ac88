package libvirt

import (
	"context"
	"fmt"
	"math"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// jobType is the name that a job's type gets among its parameters, where libvirt tells it apart from them.
const jobType = "type"

// The operations that libvirt's jobs are of, as far as they matter here.
const (
	migrationIn  = float64(golibvirt.DomainJobOperationStrMigrationIn)
	migrationOut = float64(golibvirt.DomainJobOperationStrMigrationOut)
)

// job returns what libvirt tells of a domain's job; of no job it has the type 0.
func (c *client) job(ctx context.Context, domain golibvirt.Domain) (params, error) {
	type answer struct {
		kind  int32
		typed []golibvirt.TypedParam
	}
	a, err := patiently(ctx, c, func() (a answer, err error) {
		a.kind, a.typed, err = c.DomainGetJobStats(domain, 0)
		return a, err
	})
	if err != nil {
		return nil, err
	}
	job := newParams(a.typed)
	job[jobType] = float64(a.kind)
	return job, nil
}

// active reports whether the job is under way.
func (p params) active() bool {
	kind := golibvirt.DomainJobType(p[jobType])
	return kind == golibvirt.DomainJobBounded || kind == golibvirt.DomainJobUnbounded
}

// migrates reports whether it is a migration, in or out, that is under way.
func (p params) migrates() bool {
	return p.active() && (p["operation"] == migrationIn || p["operation"] == migrationOut)
}

// sample returns how far a migration is.
func (p params) sample() migration.Sample {
	known := func(name string, unit float64) float64 {
		v := p.get(name)
		if math.IsNaN(v) {
			return 0 // a sample's zero is what is not told yet
		}
		return v / unit
	}
	page := known("memory_page_size", mib)
	return migration.Sample{
		Seconds:            known("time_elapsed", 1000),
		RemainingMiB:       known("memory_remaining", mib),
		TransferredMiB:     known("memory_processed", mib),
		DirtyRate:          known("memory_dirty_rate", 1) * page,
		Rounds:             int(min(known("memory_iteration", 1), math.MaxInt32)),
		Mbps:               known("memory_bps", 1e6) * 8,
		ExpectedDowntimeMS: known("downtime", 1),
		Throttle:           known("auto_converge_throttle", 100),
		ZeroMiB:            known("memory_constant", 1) * page,
	}
}

// mib is the bytes of a MiB.
const mib = 1 << 20

// settings returns what a job says of how a domain is migrated.
func (p params) settings() migration.Features {
	var x migration.Features
	if p.get("auto_converge_throttle") > 0 {
		x.Set(migration.AutoConverge, 1)
	}
	if _, compressed := p["compression_cache"]; compressed {
		x.Set(migration.XBZRLE, 1)
	}
	if p.get("memory_postcopy_requests") > 0 {
		x.Set(migration.Method, migration.MethodPostcopy)
	}
	return x
}

// outcome returns what came of a migration, its status aside.
func (p params) outcome() migration.Outcome {
	return migration.Outcome{
		TotalTimeMS:    p.get("time_elapsed"),
		TransferredMiB: p.get("memory_processed") / mib,
		Rounds:         p.get("memory_iteration"),
		DowntimeMS:     math.NaN(), // real only of a job that has completed
	}
}

// Progress returns how the migration of a VM goes, as libvirt was told by QEMU. On the host that it comes to libvirt
// knows nothing of it: ErrNotMigrating says so.
func (s *Source) Progress(ctx context.Context, vm source.VM) (source.Progress, error) {
	domain, err := domainOf(vm)
	if err != nil {
		return source.Progress{}, err
	}
	c, err := s.client(ctx)
	if err != nil {
		return source.Progress{}, err
	}
	what := fmt.Sprintf("ask how the migration of %s goes", vm.Name)
	job, err := c.job(ctx, domain)
	switch {
	case err != nil:
		return source.Progress{}, s.wrap(what, err)
	case job.migrates() && job["operation"] == migrationIn:
		return source.Progress{}, s.wrap(what, fmt.Errorf("%w from here but to here: ask the host that it comes from",
			source.ErrNotMigrating))
	case !job.migrates():
		return source.Progress{}, s.wrap(what, source.ErrNotMigrating)
	}
	vm.State = source.Migrating
	p := source.Progress{VM: vm, Sample: job.sample(), Version: c.version, Settings: job.settings()}
	if elapsed := job.get("time_elapsed"); elapsed >= 0 {
		p.Started = time.Now().Add(-milliseconds(elapsed))
	}
	var limits subject
	limits.domain = domain
	limits.readLimits(ctx, c)
	if ms := float64(limits.limitMS); limits.limitErr == nil && ms >= 1 {
		p.Settings.Set(migration.DowntimeLimitMS, ms)
	}
	if mbps := capMbps(limits.speed); limits.speedErr == nil && !math.IsNaN(mbps) {
		p.Settings.Set(migration.BandwidthCap, mbps)
	}
	return p, nil
}

// milliseconds returns a time span; one that no migration takes is cut.
func milliseconds(ms float64) time.Duration {
	const century = 100 * 365 * 24 * time.Hour
	return time.Duration(min(ms*float64(time.Millisecond), float64(century)))
}
