package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/query"
)

// sampleEvery is the time between two samples.
const sampleEvery = 100 * time.Millisecond

// qemuUnlimited is more bandwidth than any machine has, in bytes per second: QEMU's own default limits the rounds to 1
// Gbps.
const qemuUnlimited = 1 << 40

// bytesPerMbit turns Mbps into bytes per second.
const bytesPerMbit = 1e6 / 8

// run is a migration under way.
type run struct {
	Move
	source, destination *instance
	began               time.Time
	samples             []migration.Sample
	gaveUp              bool
	switched            bool   // to post-copy
	address             string // where the source connects to
	keys                *keys  // of a migration over TLS
}

// configure tells both sides how to migrate, and the destination to listen.
func (r *run) configure(ctx context.Context) error {
	capabilities := map[string]bool{
		"events": true, "auto-converge": r.AutoConverge, "multifd": r.Channels > 0,
		"postcopy-ram": r.Method == Postcopy, "xbzrle": r.XBZRLE,
	}
	parameters := r.parameters()
	for _, name := range []string{tlsClient, tlsServer} {
		end := r.source
		if name == tlsServer {
			end = r.destination
		}
		if err := end.monitor.setCapabilities(ctx, capabilities); err != nil {
			return err
		}
		credentials := ""
		if r.TLS {
			var err error
			if credentials, err = r.keys.give(ctx, end, name); err != nil {
				return err
			}
		}
		parameters.TLSCredentials = &credentials
		if err := end.monitor.setParameters(ctx, parameters); err != nil {
			return err
		}
		end.monitor.DiscardEvents()
	}
	return r.listen(ctx)
}

// parameters returns those of both ends.
func (r *run) parameters() migrationParameters {
	p := migrationParameters{
		DowntimeLimit: r.Limit.Milliseconds(), MaxBandwidth: qemuUnlimited, MultifdChannels: r.Channels,
		MultifdCompression: "none",
	}
	if r.CapMbps > 0 {
		p.MaxBandwidth = int64(r.CapMbps * bytesPerMbit)
	}
	if r.Compression != "" {
		p.MultifdCompression = string(r.Compression)
	}
	return p
}

// listen has the destination wait for the source, and finds out where.
func (r *run) listen(ctx context.Context) error {
	if r.LoopbackMbps == 0 {
		r.address = r.destination.name + linkSocket
		return r.destination.monitor.migrateIncoming(ctx, r.destination.name+incomingSocket)
	}
	const host = "tcp:127.0.0.1:"
	if err := r.destination.monitor.migrateIncoming(ctx, host+"0"); err != nil {
		return err
	}
	info, err := query.Migrate(ctx, r.destination.monitor)
	if err != nil {
		return err
	}
	if len(info.SocketAddress) == 0 {
		return errors.New("the destination does not tell where it listens")
	}
	r.address = host + info.SocketAddress[0].Port
	return nil
}

// start begins the migration.
func (r *run) start(ctx context.Context) error {
	r.began = time.Now()
	return r.source.monitor.migrate(ctx, r.address)
}

// watch samples a migration until it has ended.
func (r *run) watch(ctx context.Context) (query.Migration, error) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	for tick := time.NewTicker(sampleEvery); ; {
		info, err := query.Migrate(ctx, r.source.monitor)
		if err != nil {
			return info, err
		}
		if info.Ended() {
			return info, nil
		}
		if info.RAM.Total > 0 {
			r.samples = append(r.samples, info.Sample(time.Since(r.began)))
		}
		if err := r.control(ctx, info, time.Since(r.began) > timeout); err != nil {
			return info, err
		}
		select {
		case <-ctx.Done():
			return info, ctx.Err()
		case <-tick.C:
		}
	}
}

// forcedLimit makes any amount of memory fit the limit, so that a migration that is given up switches over at its next
// chance.
const forcedLimit = 2000 * time.Second

// control gives a migration up, or turns it into post-copy, when its time has come.
func (r *run) control(ctx context.Context, info query.Migration, late bool) error {
	rounds := int(info.RAM.DirtySyncCount)
	switch {
	case r.gaveUp || info.Status != "active":
		return nil
	case r.Method == Postcopy:
		if r.switched || rounds <= 1 && r.PostcopyFrom == 0 || time.Since(r.began) < r.PostcopyFrom {
			return nil
		}
		r.switched = true
		return r.source.monitor.startPostcopy(ctx)
	case rounds <= r.MaxRounds && !late:
		return nil
	}
	r.gaveUp = true
	if r.Force {
		limits := migrationParameters{DowntimeLimit: forcedLimit.Milliseconds(), MaxBandwidth: qemuUnlimited}
		return r.source.monitor.setParameters(ctx, limits)
	}
	return r.source.monitor.migrateCancel(ctx)
}

// result puts together what came of the migration.
func (r *run) result(ctx context.Context, info query.Migration) (Result, error) {
	const mib = 1 << 20
	out := Result{Outcome: migration.UnknownOutcome(), Samples: r.samples, Reason: info.ErrorDesc}
	out.TotalTimeMS = inMilliseconds(time.Since(r.began))
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
	out.PostcopyMiB = float64(info.RAM.PostcopyBytes) / mib
	if r.Channels > 0 {
		out.RemainingMiB = math.NaN()
	}
	return out, out.pause(ctx, r)
}

// status returns how a migration ended.
func status(info query.Migration, gaveUp bool) migration.Status {
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

// pause returns the gap between the source's STOP and the destination's RESUME.
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

// meanDirtying returns the mean of the dirty rates that QEMU measured after its first sync.
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

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
