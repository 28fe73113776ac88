package qemu

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/query"
)

// settings reads what a migration would be made with.
func (o *observer) settings(ctx context.Context) error {
	parameters, err := query.MigrateParameters(ctx, o.q)
	if err != nil {
		return o.refused(err, "what QEMU would migrate with")
	}
	on, err := query.MigrateCapabilities(ctx, o.q)
	if err != nil {
		return o.refused(err, "how QEMU would migrate")
	}
	for _, f := range settings(parameters, on) {
		f.at = time.Now()
		o.facts = append(o.facts, f)
	}
	if parameters.MaxBandwidth == query.DefaultMaxBandwidth {
		o.note("bandwidth_cap is QEMU's default, which binds a plain migrate; what manages the VM, such as Proxmox or " +
			"libvirt, sets cap, limit and methods anew when it migrates: give those that it will set, none for no cap")
	}
	if on["postcopy-ram"] {
		o.note("postcopy-ram is on: whether and when post-copy begins is up to who migrates; give the method")
	}
	return nil
}

// settings returns the features that parameters and capabilities are; what is unlimited, or a choice that vmmp does not
// know, is none.
func settings(p query.Parameters, on map[string]bool) []fact {
	parameter := func(name string) string { return "query-migrate-parameters " + name }
	capability := func(name string) string { return "query-migrate-capabilities " + name }
	facts := []fact{
		{feature: migration.AutoConverge, value: truth(on["auto-converge"]), from: capability("auto-converge")},
		{feature: migration.XBZRLE, value: truth(on["xbzrle"]), from: capability("xbzrle")},
		{feature: migration.TLS, value: truth(p.TLSCredentials != ""), from: parameter("tls-creds")},
		{feature: migration.MultifdChannels, value: 0, from: capability("multifd")},
		{feature: migration.Compression, value: float64(compression(p, on)), from: parameter("multifd-compression")},
		{feature: migration.BandwidthCap, value: capMbps(p.MaxBandwidth), from: parameter("max-bandwidth")},
		{feature: migration.DowntimeLimitMS, value: limit(p.DowntimeLimit), from: parameter("downtime-limit")},
	}
	if on["multifd"] {
		facts[3].value, facts[3].from = float64(p.MultifdChannels), parameter("multifd-channels")
	}
	switch {
	case p.Mode == "cpr-transfer" || p.Mode == "cpr-exec":
		facts = append(facts, fact{feature: migration.Method, value: migration.MethodCPR, from: parameter("mode")})
	case !on["postcopy-ram"]:
		facts = append(facts,
			fact{feature: migration.Method, value: migration.MethodPrecopy, from: capability("postcopy-ram")})
	}
	return slices.DeleteFunc(facts, func(f fact) bool { return math.IsNaN(f.value) || f.value < 0 })
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// compression returns the choice, negative for one that is not known.
func compression(p query.Parameters, on map[string]bool) int {
	switch {
	case on["compress"]: // by threads of its own, until QEMU 9.0
		return migration.CompressionZlib
	case !on["multifd"] || p.MultifdCompression == "":
		return migration.CompressionNone
	}
	return slices.Index(migration.Compression.Definition().Choices, p.MultifdCompression)
}

// limit returns the downtime limit in ms; NaN where QEMU tells none.
func limit(ms int64) float64 {
	if ms <= 0 {
		return math.NaN()
	}
	return float64(ms)
}

// capMbps returns a max-bandwidth in Mbps, NaN where it is no cap: 0, or more than any link carries, as programs write
// unlimited.
func capMbps(bytes uint64) float64 {
	mbps := float64(bytes) * 8 / 1e6
	if bytes == 0 || mbps > migration.BandwidthCap.Definition().Max {
		return math.NaN()
	}
	return mbps
}

// devices reads which devices are passed through.
func (o *observer) devices(ctx context.Context) error {
	devices, err := query.Devices(ctx, o.q)
	if err != nil {
		return o.refused(err, "which devices are passed through")
	}
	var passed []string
	for _, d := range devices {
		if strings.HasPrefix(d.Type, "vfio-") {
			passed = append(passed, fmt.Sprintf("%s (%s)", d.Path, d.Type))
		}
	}
	if len(passed) == 0 {
		o.know(migration.VFIOMiB, 0, "qom-list, no vfio device")
		return nil
	}
	o.note("vfio_mib is not known before the first migration: of %s", strings.Join(passed, ", "))
	return nil
}
