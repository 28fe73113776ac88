package proxmox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"sync"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

const (
	// shortest is the time between two samples of rates where an ask has none.
	shortest = time.Second

	// cpuEvery is how often a node tells the cluster what its VMs use; rates are over that time.
	cpuEvery = 10 * time.Second
)

// reading is what was read of a VM.
type reading struct {
	listed        resource
	before, after status
	config        config
	center        datacenter
	local         []string // what keeps it where it is, by Proxmox; nil where it does not tell
	missing       map[string]error
}

// Observe returns what the cluster tells of a VM. It measures no dirty rate, which the API has no way to.
func (s *Source) Observe(ctx context.Context, vm source.VM, ask source.Ask) (source.Observation, error) {
	ctx, end := s.call(ctx, max(ask.Interval, shortest))
	defer end()
	listed, err := s.running(ctx, vm)
	if err != nil {
		return source.Observation{}, err
	}
	r, err := s.read(ctx, listed, ask)
	if err != nil {
		return source.Observation{}, err
	}
	o := source.Observed(listed.vm(), time.Now())
	if r.missing["status"] == nil {
		o.VM.State = r.after.state()
	}
	r.tell(&o)
	if ask.DirtyRate || ask.Curve {
		o.Notes = append(o.Notes, "dirty_rate is unknown: the API of Proxmox VE cannot measure it; QEMU's own socket on "+
			"the node, /var/run/qemu-server/"+o.VM.ID+".qmp, can")
	}
	return o, nil
}

// running returns a VM as it is listed now; the error wraps source.ErrGone where it does not run.
func (s *Source) running(ctx context.Context, vm source.VM) (resource, error) {
	all, err := s.resources(ctx)
	if err != nil {
		return resource{}, err
	}
	for _, r := range all {
		switch {
		case r.id() != vm.ID:
		case r.vm().State == source.Stopped:
			return resource{}, fmt.Errorf("observe %s: %w: it is stopped, by %s", vm.ID, source.ErrGone, s.base.Host)
		default:
			return r, nil
		}
	}
	return resource{}, fmt.Errorf("observe %s: %w: %s tells no more of it", vm.ID, source.ErrGone, s.base.Host)
}

// read reads all that is told of a VM; what cannot be read is missing. The error is that of a VM that has gone, of a
// token that nothing is told, or of a caller who no longer wants to know.
func (s *Source) read(ctx context.Context, listed resource, ask source.Ask) (*reading, error) {
	r, vm := &reading{listed: listed, missing: map[string]error{}}, listed.vm()
	var all sync.WaitGroup
	var mutex sync.Mutex
	part := func(what string, read func() error) {
		all.Go(func() {
			if err := read(); err != nil {
				mutex.Lock()
				defer mutex.Unlock()
				r.missing[what] = err
			}
		})
	}
	part("status", func() error { return s.sample(ctx, vm, ask, r) })
	part("config", func() error {
		return s.get(ctx, &r.config, url.Values{"current": {"1"}}, "nodes", vm.Host, "qemu", vm.ID, "config")
	})
	part("datacenter", func() error { return s.get(ctx, &r.center, nil, "cluster", "options") })
	part("local", func() error {
		var told struct {
			Local []string `json:"local_resources"`
		}
		err := s.get(ctx, &told, nil, "nodes", vm.Host, "qemu", vm.ID, "migrate")
		if r.local = told.Local; err == nil && r.local == nil {
			r.local = []string{}
		}
		return err
	})
	all.Wait()
	return r, r.failure(ctx)
}

// failure returns why nothing is to be told.
func (r *reading) failure(ctx context.Context) error {
	for _, what := range []string{"status", "config"} {
		if err := r.missing[what]; errors.Is(err, source.ErrGone) {
			return err
		}
	}
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	if r.missing["status"] != nil && r.missing["config"] != nil {
		return r.missing["config"]
	}
	return nil
}

// sample reads the status twice, some time apart. Where the second fails, the first has what does not change.
func (s *Source) sample(ctx context.Context, vm source.VM, ask source.Ask, r *reading) (err error) {
	if r.before, err = s.status(ctx, vm); err != nil {
		return err
	}
	r.after = r.before
	wait := time.NewTimer(max(ask.Interval, shortest))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
		return nil
	}
	if after, err := s.status(ctx, vm); err == nil {
		r.after = after
	} else if errors.Is(err, source.ErrGone) {
		return err
	}
	return nil
}

// tell tells what was read, and notes what was not.
func (r *reading) tell(o *source.Observation) {
	if r.listed.Uptime.or(0) > 2*cpuEvery.Seconds() && r.listed.CPU.known { // before that the node has not measured it
		o.Tell(migration.CPULoad, min(100*r.listed.CPU.value, 100), "cluster/resources cpu", o.At.Add(-cpuEvery))
	}
	if r.missing["status"] == nil {
		r.tellStatus(o)
	}
	if r.missing["config"] == nil {
		r.tellConfig(o)
	}
	r.tellUnmovable(o)
	for _, part := range []struct{ what, lost string }{
		{"status", "what QEMU tells of the VM"}, {"config", "the VM's configuration"},
		{"datacenter", "the datacenter's speed limit"},
	} {
		if err := r.missing[part.what]; err != nil {
			o.Notes = append(o.Notes, fmt.Sprintf("%s is unknown: %v", part.lost, err))
		}
	}
}

func (r *reading) tellStatus(o *source.Observation) {
	const from = "status/current "
	now := r.after
	o.Tell(migration.MemoryUsage, now.memoryUsage(), from+"ballooninfo", now.at)
	o.Tell(migration.MemoryMiB, now.MaxMem.positive()/(1<<20), from+"maxmem", now.at)
	o.Tell(migration.ResidentMiB, now.resident(), from+"memhost", now.at)
	o.Tell(migration.VCPUs, now.CPUs.positive(), from+"cpus", now.at)
	o.Tell(migration.DiskIO, diskIO(r.before, now), from+"diskread and diskwrite", now.at)
	o.Tell(migration.HypervisorVersion, now.version(), from+"running-qemu", now.at)
	if math.IsNaN(now.memoryUsage()) {
		o.Notes = append(o.Notes, "memory_usage is unknown: the guest has no balloon driver that tells what it uses")
	}
}

// standardDowntime is migrate_downtime in seconds where a VM has none.
const standardDowntime = 0.1

func (r *reading) tellConfig(o *source.Observation) {
	const from, always = "config ", "what Proxmox VE sets for every migration"
	limit := r.config.number("migrate_downtime", "").or(standardDowntime)
	o.Tell(migration.DowntimeLimitMS, 1000*limit, from+"migrate_downtime", o.At)
	if r.missing["datacenter"] == nil {
		mib := speedLimit(r.config.number("migrate_speed", ""), r.center.Limits.migrations())
		o.Tell(migration.BandwidthCap, mib*(1<<20)*8/1e6, from+"migrate_speed, cluster/options bwlimit", o.At)
	}
	_, huge := r.config["hugepages"]
	o.Tell(migration.HugePages, oneIf(huge), from+"hugepages", o.At)
	o.Tell(migration.Hypervisor, hypervisor(r.config), from+"kvm", o.At)
	o.Tell(migration.Method, migration.MethodPrecopy, always, o.At)
	o.Tell(migration.MultifdChannels, 0, always, o.At)
	o.Tell(migration.Compression, migration.CompressionNone, always, o.At)
	o.Tell(migration.AutoConverge, 1, always, o.At)
	o.Tell(migration.XBZRLE, 1, always, o.At)
	if mib := r.config.number("memory", "current"); !o.Features.Known().Has(migration.MemoryMiB) {
		o.Tell(migration.MemoryMiB, mib.positive(), from+"memory", o.At)
	}
	if cores := r.cores(); !o.Features.Known().Has(migration.VCPUs) {
		o.Tell(migration.VCPUs, cores, from+"cores and sockets", o.At)
	}
	if r.center.Migration.Type == "insecure" {
		o.Tell(migration.TLS, 0, "cluster/options migration", o.At)
	} else if r.missing["datacenter"] == nil {
		o.Notes = append(o.Notes, "memory is sent through an SSH tunnel, slower than the link; how fast is not told")
	}
}

// cores returns the vCPUs by the configuration.
func (r *reading) cores() float64 {
	if own := r.config.number("vcpus", ""); own.or(0) > 0 {
		return own.value
	}
	return r.config.number("cores", "").or(1) * r.config.number("sockets", "").or(1)
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func hypervisor(c config) float64 {
	if c.number("kvm", "").or(1) == 0 {
		return migration.HypervisorTCG
	}
	return migration.HypervisorKVM
}

// tellUnmovable tells whether something keeps the VM where it is: by Proxmox, else by the configuration.
func (r *reading) tellUnmovable(o *source.Observation) {
	keys, maybe, from := r.local, []string(nil), "migrate local_resources"
	if keys == nil {
		if r.missing["config"] != nil {
			return
		}
		keys, maybe = r.config.local()
		from = "config"
	}
	switch {
	case len(keys) > 0:
		o.Unmovable = "it uses what only its node has: " + strings.Join(keys, ", ")
		o.Tell(migration.Migratable, 0, from, o.At)
	case len(maybe) > 0:
		o.Notes = append(o.Notes, fmt.Sprintf("whether it can be migrated is unknown: %s is mapped, and VM.Migrate on it "+
			"would tell whether the mapping can be", strings.Join(maybe, ", ")))
	default:
		o.Tell(migration.Migratable, 1, from, o.At)
	}
}
