package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vmmp/pkg/migration"
)

// Method is how a guest is moved.
type Method string

// The methods.
const (
	Precopy  Method = "precopy"
	Postcopy Method = "postcopy" // switched to post-copy after the first round
)

// Move is how one migration is carried out.
type Move struct {
	Link         Link
	CapMbps      float64 // max-bandwidth of the rounds; 0: none
	Limit        time.Duration
	AutoConverge bool
	Method       Method
	Channels     int  // of multifd; 0: without
	XBZRLE       bool // compression of what is sent again

	MaxRounds int           // given up then
	Patience  time.Duration // given up then too, so that nothing runs for ever; 0: defaultPatience
	Force     bool          // on giving up stop the guest and send the rest, instead of cancelling
}

const defaultPatience = 2 * time.Minute

// Result is what came of a migration.
type Result struct {
	migration.Outcome
	QEMUDowntimeMS float64 // by QEMU's own account
	SeenDowntimeMS float64 // as seen from outside the guest
	SetupMS        float64
	RemainingMiB   float64 // sent while the guest was stopped
	LinkMbps       float64 // what the link carried on average, from its first byte to its last
	DirtyMiBs      float64 // dirtied per second during the rounds, mean over the samples
	MaxThrottle    float64 // most of the guest's time that auto-converge took away, 0 to 1
	HostCPU        float64 // share of this machine's processors that was busy meanwhile, 0 to 1
	Reason         string  // QEMU's, where it failed
	Samples        []migration.Sample
}

// qemuUnlimited is more bandwidth than any machine has: QEMU's own default limits
// the rounds to 1 Gbps.
const qemuUnlimited = 1 << 40

// bytesPerMbit turns Mbps into bytes per second.
const bytesPerMbit = 1e6 / 8

// Migrate moves the guest to a new QEMU. Where it does not switch over, the guest
// stays where it was. Errors are those of the lab, not of the migration: a
// migration that fails is a Result.
func (l *Lab) Migrate(ctx context.Context, m Move) (Result, error) {
	destination, err := l.destination(ctx)
	if err != nil {
		return Result{}, err
	}
	link, err := startProxy(m.Link, abstract(destination.name+linkSocket), abstract(destination.name+incomingSocket), l.random.Uint64())
	if err != nil {
		return Result{}, errors.Join(err, destination.close())
	}
	r, err := l.move(ctx, m, destination, link)
	if err = errors.Join(err, link.close()); err != nil {
		return r, errors.Join(err, destination.close())
	}
	if r.Status == migration.NotConverged || r.Status == migration.Failed {
		return r, errors.Join(destination.close(), l.alive(ctx))
	}
	source := l.guest
	err = l.become(ctx, destination)
	r.SeenDowntimeMS = seenPause(source, destination)
	return r, err
}

// move carries the migration out and measures it.
func (l *Lab) move(ctx context.Context, m Move, destination *instance, link *proxy) (Result, error) {
	if err := l.prepare(ctx, m, destination); err != nil {
		return Result{}, err
	}
	before, all, err := hostTime()
	if err != nil {
		return Result{}, err
	}
	run := &run{Move: m, source: l.guest, destination: destination, began: time.Now()}
	if err := run.source.monitor.migrate(ctx, destination.name+linkSocket); err != nil {
		return Result{}, err
	}
	info, err := run.watch(ctx)
	if err != nil {
		return Result{}, l.guest.explain(err)
	}
	r, err := run.result(ctx, info)
	if err != nil {
		return r, err
	}
	busy, now, err := hostTime()
	r.HostCPU = float64(busy-before) / float64(max(1, now-all))
	r.LinkMbps = link.carried().mbps()
	return r, err
}

// prepare tells both sides how to migrate, and the destination to listen.
func (l *Lab) prepare(ctx context.Context, m Move, destination *instance) error {
	capabilities := map[string]bool{
		"events": true, "auto-converge": m.AutoConverge, "multifd": m.Channels > 0,
		"postcopy-ram": m.Method == Postcopy, "xbzrle": m.XBZRLE,
	}
	parameters := migrationParameters{DowntimeLimit: m.Limit.Milliseconds(), MaxBandwidth: qemuUnlimited, MultifdChannels: m.Channels}
	if m.CapMbps > 0 {
		parameters.MaxBandwidth = int64(m.CapMbps * bytesPerMbit)
	}
	for _, side := range []*instance{l.guest, destination} {
		if err := side.monitor.setCapabilities(ctx, capabilities); err != nil {
			return err
		}
		if err := side.monitor.setParameters(ctx, parameters); err != nil {
			return err
		}
		side.monitor.DiscardEvents()
	}
	return destination.monitor.migrateIncoming(ctx, destination.name+incomingSocket)
}

// sampleEvery is the time between two samples.
const sampleEvery = 100 * time.Millisecond

// run is a migration under way.
type run struct {
	Move
	source, destination *instance
	began               time.Time
	samples             []migration.Sample
	gaveUp              bool
	switched            bool // to post-copy
}

// watch samples a migration until it has ended.
func (r *run) watch(ctx context.Context) (migrationInfo, error) {
	patience := r.Patience
	if patience == 0 {
		patience = defaultPatience
	}
	for tick := time.NewTicker(sampleEvery); ; {
		info, err := r.source.monitor.queryMigrate(ctx)
		if err != nil {
			return info, err
		}
		if info.ended() {
			return info, nil
		}
		if info.RAM.Total > 0 {
			r.samples = append(r.samples, info.sample(r.began))
		}
		if err := r.steer(ctx, info, time.Since(r.began) > patience); err != nil {
			return info, err
		}
		select {
		case <-ctx.Done():
			return info, ctx.Err()
		case <-tick.C:
		}
	}
}

// forcedLimit makes any amount of memory fit the limit, so that a migration that
// is given up switches over at its next chance.
const forcedLimit = 2000 * time.Second

// steer gives a migration up, or turns it into post-copy, when its time has come.
func (r *run) steer(ctx context.Context, info migrationInfo, late bool) error {
	rounds := int(info.RAM.DirtySyncCount)
	switch {
	case r.gaveUp || info.Status != "active":
		return nil
	case r.Method == Postcopy:
		if rounds > 1 && !r.switched {
			r.switched = true
			return r.source.monitor.startPostcopy(ctx)
		}
		return nil
	case rounds <= r.MaxRounds && !late:
		return nil
	}
	r.gaveUp = true
	if r.Force {
		return r.source.monitor.setParameters(ctx, migrationParameters{DowntimeLimit: forcedLimit.Milliseconds(), MaxBandwidth: qemuUnlimited})
	}
	return r.source.monitor.migrateCancel(ctx)
}

// result puts together what came of the migration.
func (r *run) result(ctx context.Context, info migrationInfo) (Result, error) {
	const mib = 1 << 20
	out := Result{Outcome: migration.UnknownOutcome(), Samples: r.samples, Reason: info.ErrorDesc}
	out.TotalTimeMS = float64(time.Since(r.began)) / float64(time.Millisecond)
	out.TransferredMiB = float64(info.RAM.Transferred) / mib
	out.Rounds = float64(info.RAM.DirtySyncCount)
	out.Status = status(info, r.gaveUp)
	for _, s := range r.samples {
		out.MaxThrottle = max(out.MaxThrottle, s.Throttle)
	}
	out.DirtyMiBs = meanDirtying(r.samples)
	if info.Status != "completed" {
		last := len(r.samples) - 1
		if last >= 0 { // a cancelled migration tells nothing any more
			out.TransferredMiB, out.Rounds = r.samples[last].TransferredMiB, float64(r.samples[last].Rounds)
		}
		return out, nil
	}
	out.TotalTimeMS = float64(info.TotalTime)
	out.SetupMS, out.QEMUDowntimeMS = float64(info.SetupTime), float64(info.Downtime)
	out.RemainingMiB = float64(info.RAM.DowntimeBytes) / mib
	return out, out.pause(ctx, r)
}

// status says how a migration ended.
func status(info migrationInfo, gaveUp bool) migration.Status {
	switch {
	case info.Status == "completed" && gaveUp:
		return migration.Forced
	case info.Status == "completed":
		return migration.Completed
	case info.Status == "cancelled" && gaveUp:
		return migration.NotConverged
	}
	return migration.Failed
}

// resumeTimeout is how long the destination may take to let the guest run.
const resumeTimeout = 10 * time.Second

// pause is the gap between the source's STOP and the destination's RESUME.
func (out *Result) pause(ctx context.Context, r *run) error {
	ctx, cancel := context.WithTimeout(ctx, resumeTimeout)
	defer cancel()
	stop, err := r.source.monitor.WaitEvent(ctx, "STOP")
	if err != nil {
		return fmt.Errorf("wait for the source's STOP: %w", err)
	}
	resume, err := r.destination.monitor.WaitEvent(ctx, "RESUME")
	if err != nil {
		return r.destination.explain(fmt.Errorf("wait for the destination's RESUME: %w", err))
	}
	out.DowntimeMS = inMilliseconds(resume.At.Sub(stop.At))
	return nil
}

// meanDirtying is the mean of the dirty rates that QEMU measured after its first
// sync.
func meanDirtying(samples []migration.Sample) float64 {
	sum, n := 0.0, 0
	for _, s := range samples {
		if s.Rounds > 1 {
			sum += s.DirtyRate
			n++
		}
	}
	return sum / float64(max(1, n))
}
