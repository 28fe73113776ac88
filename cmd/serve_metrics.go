package cmd

import (
	"context"
	"log/slog"

	"vmmp/pkg/host"
	"vmmp/pkg/metrics"
)

// serverMetrics returns the metrics of a server on this machine.
func serverMetrics(log *slog.Logger) *metrics.Metrics {
	m := metrics.New(metricsBuild())
	showHost(m, log)
	return m
}

// metricsBuild returns what the metrics show of the running program.
func metricsBuild() metrics.Build {
	b := thisBuild()
	return metrics.Build{Version: b.Version, Revision: b.Commit, GoVersion: b.Go}
}

// showHost adds this machine to the metrics. Where it cannot be read, they do without.
func showHost(m *metrics.Metrics, log *slog.Logger) {
	ctx := context.Background() // a server that stops is still scraped
	sampler, err := host.NewSampler(ctx)
	if err != nil {
		log.Warn("no metrics of this machine", "error", err)
		return
	}
	m.ShowHost(func() (metrics.HostReading, bool) {
		s, err := sampler.Since(ctx)
		if err != nil {
			log.Debug("no metrics of this machine", "error", err)
		}
		return hostReading(s), err == nil
	})
}

// hostReading returns what the metrics show of a machine.
func hostReading(s host.Snapshot) metrics.HostReading {
	return metrics.HostReading{
		CPUUsage: s.CPUPercent / 100, MemoryUsage: s.MemoryPercent / 100,
		DiskBytes: s.DiskMBps * 1e6, NetworkBytes: s.TrafficMbps * 1e6 / 8,
		MemoryBytes: s.MemoryMiB * (1 << 20), CPUs: float64(s.CPUs),
	}
}
