package lab

import (
	"context"
	"errors"
	"fmt"

	"vmmp/pkg/lab/link"
	"vmmp/pkg/migration"
)

// Migrate moves the guest to a new QEMU. Where it does not switch over, the guest stays where it was. Errors are those
// of the lab, not of the migration: a migration that fails is a Result.
func (l *Lab) Migrate(ctx context.Context, m Move) (Result, error) {
	destination, err := l.destination(ctx)
	if err != nil {
		return Result{}, err
	}
	if m.TLS && l.keys == nil {
		if l.keys, err = newKeys(); err != nil {
			return Result{}, errors.Join(err, destination.close())
		}
	}
	listen, dial := abstractSocket(destination.name+linkSocket), abstractSocket(destination.name+incomingSocket)
	proxy, err := link.Start(m.Link, listen, dial, l.random.Uint64())
	if err != nil {
		return Result{}, errors.Join(err, destination.close())
	}
	source := l.guest
	r, err := runMove(ctx, &run{Move: m, source: source, destination: destination, keys: l.keys}, proxy)
	if err = errors.Join(err, proxy.Close()); err != nil {
		return r, errors.Join(err, destination.close())
	}
	if r.Status == migration.NotConverged || r.Status == migration.Failed {
		return r, errors.Join(destination.close(), l.reconnect(ctx))
	}
	err = l.adopt(ctx, destination)
	r.SeenDowntimeMS = inMilliseconds(source.ticks.pause(destination.ticks))
	return r, err
}

// runMove makes a migration and measures it, this machine and the link.
func runMove(ctx context.Context, run *run, proxy *link.Proxy) (Result, error) {
	if err := run.configure(ctx); err != nil {
		return Result{}, err
	}
	before, all, err := hostTime()
	if err != nil {
		return Result{}, err
	}
	if err := run.start(ctx); err != nil {
		return Result{}, err
	}
	info, err := run.watch(ctx)
	if err != nil {
		return Result{}, run.source.explain(err)
	}
	r, err := run.result(ctx, info)
	if err != nil {
		return r, err
	}
	busy, now, err := hostTime()
	r.HostCPU = float64(busy-before) / float64(max(1, now-all))
	r.LinkMbps = proxy.Traffic().Mbps()
	if run.LoopbackMbps > 0 {
		r.LinkMbps = info.RAM.Mbps
	}
	return r, err
}

// Trim moves the guest once, stopped and over an unshaped link, so that its QEMU holds what the guest uses and no more:
// pages that an earlier workload has freed, or the kernel has cleared at boot, hold zeros but stay resident until then,
// and what is resident could not be told from what has to be sent. It does nothing where no page can have been freed or
// cleared.
func (l *Lab) Trim(ctx context.Context) error {
	if l.untouched {
		return nil
	}
	r, err := l.Migrate(ctx, Move{Method: Precopy, Limit: forcedLimit, MaxRounds: MaxRounds})
	if err == nil && r.Status != migration.Completed {
		err = fmt.Errorf("it ended as %s: %s", r.Status, r.Reason)
	}
	if err != nil {
		return fmt.Errorf("move the guest before it is measured: %w", err)
	}
	return nil
}
