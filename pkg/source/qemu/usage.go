package qemu

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/query"
	"vmmp/pkg/source"
)

// usage is what a VM has used up so far.
type usage struct {
	at      time.Time
	vcpus   int
	threads []int         // of the vCPUs, each once
	cpu     time.Duration // of these threads
	unread  error         // why cpu is not known
	disk    uint64        // bytes read and written
}

// usage takes a sample.
func (o *observer) usage(ctx context.Context) (u usage, err error) {
	vcpus, err := query.VCPUs(ctx, o.q)
	if err != nil {
		return u, err
	}
	if u.disk, err = query.Blockstats(ctx, o.q); err != nil {
		return u, err
	}
	u.at, u.vcpus = time.Now(), len(vcpus)
	for _, v := range vcpus {
		u.threads = append(u.threads, v.Thread)
	}
	slices.Sort(u.threads) // emulated vCPUs may share one
	u.threads = slices.Compact(u.threads)
	u.cpu, u.unread = cpuTime(o.q, u.threads)
	return u, nil
}

// cpuTime returns the processor time that threads of the QEMU have used. The error says why it cannot be read.
func cpuTime(s *session, threads []int) (sum time.Duration, err error) {
	if s.process == 0 {
		return 0, fmt.Errorf("QEMU's process is not known by %s; ask on its own host, by a unix socket", s.at.network)
	}
	for _, thread := range threads {
		spent, err := host.ThreadTime(s.process, thread)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return 0, fmt.Errorf("process %d, which listens at %s, has no thread %d, as QEMU names it; ask on its own "+
				"host, outside of containers", s.process, s.at, thread)
		case err != nil:
			return 0, err
		}
		sum += spent
	}
	return sum, nil
}

// rates makes rates of two samples, the second taken now.
func (o *observer) rates(ctx context.Context, before usage) error {
	after, err := o.usage(ctx)
	if err != nil {
		return err
	}
	status, err := query.Status(ctx, o.q)
	if err != nil {
		return err
	}
	now := source.VM{State: state(status, query.Migration{}), Labels: map[string]string{"status": status}}
	if err := o.running(now); err != nil {
		return err
	}
	o.know(migration.VCPUs, float64(after.vcpus), "query-cpus-fast")
	if o.vm.State == source.Paused || now.State == source.Paused {
		o.note("the VM is paused (%s): what it does to processors, disks and memory is not known until it runs", status)
		return nil
	}
	seconds := after.at.Sub(before.at).Seconds()
	over := fmt.Sprintf("over %.1f s", seconds)
	switch unread := cmp.Or(before.unread, after.unread); {
	case unread != nil:
		o.note("CPU use is not known: %v", unread)
	case !slices.Equal(before.threads, after.threads) || after.vcpus == 0:
		o.note("CPU use is not known: vCPUs were added or removed between the samples")
	default:
		busy := (after.cpu - before.cpu).Seconds() / seconds / float64(after.vcpus)
		o.knowAt(migration.CPULoad, 100*min(1, busy), "CPU time of QEMU's vCPU threads "+over, after.at)
	}
	if after.disk < before.disk {
		o.note("disk throughput is not known: a disk was removed between the samples")
		return nil
	}
	o.knowAt(migration.DiskIO, float64(after.disk-before.disk)/1e6/seconds, "query-blockstats "+over, after.at)
	return nil
}
