package query

import (
	"context"
	"time"

	"vmmp/pkg/migration"
)

// Migration is what a QEMU knows of its last migration. Times are in ms, and 0 until known.
type Migration struct {
	// Status is empty if there was none yet; setup, active, device, postcopy-active, completed, failed, cancelling, ...
	Status                string `json:"status"`
	TotalTime             int64  `json:"total-time"`
	Downtime              int64  `json:"downtime"`          // once completed, by QEMU's own account
	ExpectedDowntime      int64  `json:"expected-downtime"` // while active
	SetupTime             int64  `json:"setup-time"`
	CPUThrottlePercentage int    `json:"cpu-throttle-percentage"` // %, by auto-converge
	RAM                   RAM    `json:"ram"`
	ErrorDesc             string `json:"error-desc"` // why it failed

	VFIO struct {
		Transferred int64 `json:"transferred"` // bytes of passed-through devices
	} `json:"vfio"`

	// BlockedReasons say why none can begin; only QEMU 6.0 and newer tell.
	BlockedReasons []string `json:"blocked-reasons"`

	SocketAddress []struct { // where a QEMU that waits for a migration listens
		Port string `json:"port"`
	} `json:"socket-address"`
}

// RAM is how far the RAM of a migration is.
type RAM struct {
	Transferred    int64   `json:"transferred"` // bytes sent
	Remaining      int64   `json:"remaining"`   // bytes; at first all of Total, zero pages included
	Total          int64   `json:"total"`       // bytes
	Duplicate      int64   `json:"duplicate"`   // zero pages, of which only a mark is sent
	Normal         int64   `json:"normal"`      // pages sent whole
	DirtyPagesRate int64   `json:"dirty-pages-rate"`
	DirtySyncCount int64   `json:"dirty-sync-count"` // rounds begun
	Mbps           float64 `json:"mbps"`             // 1e6 bits/s, lately; on the average once completed
	PageSize       int64   `json:"page-size"`        // bytes
	PagesPerSecond int64   `json:"pages-per-second"`
	PrecopyBytes   int64   `json:"precopy-bytes"`  // sent while the guest ran
	DowntimeBytes  int64   `json:"downtime-bytes"` // sent while it stood
	PostcopyBytes  int64   `json:"postcopy-bytes"`
}

// Migrate asks how the last migration goes or went.
func Migrate(ctx context.Context, q Executor) (Migration, error) {
	return ask[Migration](ctx, q, "query-migrate", nil)
}

// Ended reports whether a migration is over and all its figures are there: completed can be told before the times are,
// and for ever by a QEMU that a migration came in to, which has no such figures.
func (m Migration) Ended() bool {
	switch m.Status {
	case "completed":
		return m.TotalTime > 0
	case "failed", "cancelled":
		return true
	}
	return false
}

// Active reports whether a migration is under way, out of this QEMU or into it.
func (m Migration) Active() bool {
	switch m.Status {
	case "", "none", "completed", "failed", "cancelled", "colo":
		return false
	}
	return true
}

// Postcopy reports whether the migration has switched to post-copy.
func (m Migration) Postcopy() bool {
	switch m.Status {
	case "postcopy-active", "postcopy-device", "postcopy-paused", "postcopy-recover", "postcopy-recover-setup":
		return true
	}
	return m.RAM.PostcopyBytes > 0
}

const mib = 1 << 20

// Sample returns what QEMU tells as a sample, taken so long after the migration was asked for. What remains is RAM's,
// whatever the version.
func (m Migration) Sample(elapsed time.Duration) migration.Sample {
	return migration.Sample{
		Seconds:            elapsed.Seconds(),
		RemainingMiB:       float64(m.RAM.Remaining) / mib,
		TransferredMiB:     float64(m.RAM.Transferred) / mib,
		DirtyRate:          float64(m.RAM.DirtyPagesRate) * float64(m.RAM.PageSize) / mib,
		Rounds:             int(m.RAM.DirtySyncCount),
		Mbps:               m.RAM.Mbps,
		ExpectedDowntimeMS: float64(m.ExpectedDowntime),
		Throttle:           float64(m.CPUThrottlePercentage) / 100,
		ZeroMiB:            float64(m.RAM.Duplicate) * float64(m.RAM.PageSize) / mib,
	}
}

// Parameters are those that a migration is made with.
type Parameters struct {
	DowntimeLimit      int64  `json:"downtime-limit"` // ms
	MaxBandwidth       uint64 `json:"max-bandwidth"`  // bytes/s, of the rounds only; 0: no cap
	MultifdChannels    int    `json:"multifd-channels"`
	MultifdCompression string `json:"multifd-compression"` // none, zlib, zstd, ...
	TLSCredentials     string `json:"tls-creds"`           // name of an object; empty: without
	Mode               string `json:"mode"`                // normal, cpr-reboot, cpr-transfer, cpr-exec; since 8.2
}

// DefaultMaxBandwidth is the max-bandwidth of a QEMU that nobody has told another, in bytes/s: 1074 Mbps.
const DefaultMaxBandwidth = 128 << 20

// MigrateParameters returns those that are set.
func MigrateParameters(ctx context.Context, q Executor) (Parameters, error) {
	return ask[Parameters](ctx, q, "query-migrate-parameters", nil)
}

// MigrateCapabilities returns which capabilities are on, such as auto-converge or multifd; those that a QEMU does not
// know are missing.
func MigrateCapabilities(ctx context.Context, q Executor) (map[string]bool, error) {
	list, err := ask[[]struct {
		Name string `json:"capability"`
		On   bool   `json:"state"`
	}](ctx, q, "query-migrate-capabilities", nil)
	on := make(map[string]bool, len(list))
	for _, c := range list {
		on[c.Name] = c.On
	}
	return on, err
}
