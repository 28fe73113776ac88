package lab

import (
	"context"
	"fmt"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/query"
)

// curveWindows are the windows over which the dirty curve is measured before a migration.
var curveWindows = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second}

// loadWindow is the one of them over which CPU and disk use are measured too.
const loadWindow = time.Second

// settle is how long a workload runs before it is measured.
const settle = 300 * time.Millisecond

// Observe measures the guest as its operator would: from outside, by QEMU's monitor and the kernel's accounts of the
// QEMU process, and by what the guest reports of its own memory. It returns what was measured, after a few seconds.
func (l *Lab) Observe(ctx context.Context) (migration.Features, host.GuestRAM, error) {
	var x migration.Features
	if err := l.observeLoad(ctx, &x); err != nil {
		return x, host.GuestRAM{}, err
	}
	m, err := l.ObserveMemory(ctx, &x)
	return x, m, err
}

// observeLoad measures what the guest does, and sets it in x.
func (l *Lab) observeLoad(ctx context.Context, x *migration.Features) error {
	if err := sleep(ctx, settle); err != nil {
		return err
	}
	x.Set(migration.MemoryMiB, float64(l.machine.MemoryMiB))
	x.Set(migration.VCPUs, float64(l.machine.VCPUs))
	var curve []migration.Point
	for _, window := range l.windows() {
		before, err := l.usage(ctx)
		if err != nil {
			return err
		}
		mib, err := l.dirtied(ctx, window)
		if err != nil {
			return fmt.Errorf("measure what is dirtied in %v: %w", window, err)
		}
		if window == loadWindow {
			after, err := l.usage(ctx)
			if err != nil {
				return err
			}
			cpu, disk := after.since(before)
			x.Set(migration.CPULoad, min(100, 100*cpu/float64(l.machine.VCPUs)))
			x.Set(migration.DiskIO, disk)
		}
		if n := len(curve); n > 0 { // what is dirty after a time is so after a longer one
			mib = max(mib, curve[n-1].MiB)
		}
		if window == time.Second {
			x.Set(migration.DirtyRate, mib)
		}
		curve = append(curve, migration.Point{Seconds: window.Seconds(), MiB: mib})
	}
	x.SetPoints(curve)
	return nil
}

// windows returns those over which the guest is measured: the longest tells little where the rounds are as short as KVM
// and its exact log make them.
func (l *Lab) windows() []time.Duration {
	if l.config.Accelerator == KVM {
		return curveWindows[:len(curveWindows)-1]
	}
	return curveWindows
}

// ObserveMemory measures what changes little but differs from one QEMU to the next, memory in use and memory held, and
// sets it in x. It returns what this machine holds of the QEMU.
func (l *Lab) ObserveMemory(ctx context.Context, x *migration.Features) (host.GuestRAM, error) {
	state, err := l.tty.Stat(ctx)
	if err != nil {
		return host.GuestRAM{}, err
	}
	m, err := host.ReadGuestRAM(l.guest.process.Pid, l.machine.MemoryMiB)
	if err != nil {
		return m, err
	}
	x.Set(migration.MemoryUsage, 100*(1-state.AvailableMiB/state.TotalMiB))
	x.Set(migration.ResidentMiB, min(m.ResidentMiB, float64(l.machine.MemoryMiB)))
	return m, nil
}

// dirtied measures how many distinct MiB the guest dirties within a window.
func (l *Lab) dirtied(ctx context.Context, window time.Duration) (float64, error) {
	w := query.Window{Length: window, Mode: l.dirtyMode(), SamplePages: query.MaxSamplePages}
	return w.Measure(ctx, l.guest.monitor)
}

// dirtyMode returns the most exact way to measure dirtying that QEMU offers here. Where dirtying is logged in a ring it
// can count that ring's entries, but a KVM without help from the processor makes one for each write to a page, and not
// for the first alone.
func (l *Lab) dirtyMode() string {
	if l.config.Accelerator == KVM && l.machine.DirtyRing == 0 {
		return query.DirtyBitmap
	}
	return query.PageSampling
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// usage is what a QEMU has used up so far.
type usage struct {
	at   time.Time
	cpu  time.Duration
	disk uint64 // bytes read and written by the guest
}

func (l *Lab) usage(ctx context.Context) (usage, error) {
	var now usage
	var err error
	if now.disk, err = query.Blockstats(ctx, l.guest.monitor); err != nil {
		return now, err
	}
	now.at = time.Now()
	now.cpu, err = host.ProcessTime(l.guest.process.Pid)
	return now, err
}

// since returns the CPUs kept busy and the MB/s of disk since an earlier usage.
func (now usage) since(before usage) (cpus, mbs float64) {
	seconds := now.at.Sub(before.at).Seconds()
	return (now.cpu - before.cpu).Seconds() / seconds, float64(now.disk-before.disk) / 1e6 / seconds
}
