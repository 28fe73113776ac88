package lab

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
)

// monitor is QEMU's, with the commands that a lab gives, in QEMU's words: docs/interop/qemu-qmp-ref.html, read against
// QEMU 10.0.2's own query-qmp-schema. Each fails as Execute does.
type monitor struct{ *qmp.Client }

// setCapabilities switches migration capabilities such as events, auto-converge, multifd, postcopy-ram or xbzrle on or
// off. Both sides must be told.
func (m monitor) setCapabilities(ctx context.Context, states map[string]bool) error {
	type capability struct {
		Name  string `json:"capability"`
		State bool   `json:"state"`
	}
	list := []capability{}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		list = append(list, capability{name, states[name]})
	}
	return m.Execute(ctx, "migrate-set-capabilities", map[string]any{"capabilities": list}, nil)
}

// migrationParameters are those of migrate-set-parameters that a lab sets. A zero leaves QEMU's value as it is.
type migrationParameters struct {
	DowntimeLimit   int64 `json:"downtime-limit,omitempty"`   // 1 to 2,000,000 ms; default 300 ms
	MaxBandwidth    int64 `json:"max-bandwidth,omitempty"`    // bytes/s, of the rounds only; default 128 MiB/s
	MultifdChannels int   `json:"multifd-channels,omitempty"` // 1 to 255; default 2

	MultifdCompression string `json:"multifd-compression,omitempty"` // none, zlib, zstd, ...; default none

	TLSCredentials *string `json:"tls-creds,omitempty"` // name of an object; empty: without
}

// setParameters sets what is not zero in p.
func (m monitor) setParameters(ctx context.Context, p migrationParameters) error {
	return m.Execute(ctx, "migrate-set-parameters", p, nil)
}

// addTLSKey reads a key that both ends share from the file keys.psk in a folder; endpoint is client or server, and only
// a client says whose key of the file it takes.
func (m monitor) addTLSKey(ctx context.Context, id, folder, endpoint, user string) error {
	object := map[string]any{"qom-type": "tls-creds-psk", "id": id, "dir": folder, "endpoint": endpoint}
	if endpoint == tlsClient {
		object["username"] = user
	}
	return m.Execute(ctx, "object-add", object, nil)
}

// migrateIncoming makes a QEMU that was started with -incoming defer listen at an address: a URI such as tcp:HOST:PORT
// or unix:PATH, or, without a colon, the name of an abstract unix socket.
func (m monitor) migrateIncoming(ctx context.Context, address string) error {
	return m.Execute(ctx, "migrate-incoming", migrationAddress(address), nil)
}

// migrate starts a migration to the QEMU that listens at an address, written as for migrateIncoming, and returns at
// once.
func (m monitor) migrate(ctx context.Context, address string) error {
	return m.Execute(ctx, "migrate", migrationAddress(address), nil)
}

// migrationAddress makes arguments of an address. No URI can name an abstract socket, a channel can.
func migrationAddress(address string) map[string]any {
	if strings.Contains(address, ":") {
		return map[string]any{"uri": address}
	}
	socket := map[string]any{"transport": "socket", "type": "unix", "path": address, "abstract": true}
	return map[string]any{"channels": []any{map[string]any{"channel-type": "main", "addr": socket}}}
}

// migrateCancel asks for the migration to be given up; it is once queryMigrate says cancelled. It is no error if none
// is under way.
func (m monitor) migrateCancel(ctx context.Context) error {
	return m.Execute(ctx, "migrate_cancel", nil, nil)
}

// startPostcopy switches the migration under way to post-copy; the capability postcopy-ram must have been set on both
// sides.
func (m monitor) startPostcopy(ctx context.Context) error {
	return m.Execute(ctx, "migrate-start-postcopy", nil, nil)
}

// migrationInfo is what a QEMU knows of its migration. Times are in ms, and 0 until known: a status of completed can
// come before them, so poll until TotalTime is not 0.
type migrationInfo struct {
	// Status is empty if there was none yet; setup, active, postcopy-active, device, completed, failed, cancelling,
	// cancelled, ...
	Status                string       `json:"status"`
	TotalTime             int64        `json:"total-time"`
	Downtime              int64        `json:"downtime"`          // once completed
	ExpectedDowntime      int64        `json:"expected-downtime"` // while active
	SetupTime             int64        `json:"setup-time"`
	CPUThrottlePercentage int          `json:"cpu-throttle-percentage"` // %, by auto-converge
	RAM                   migrationRAM `json:"ram"`
	ErrorDesc             string       `json:"error-desc"` // why it failed

	SocketAddress []struct { // where a QEMU that waits for a migration listens
		Port string `json:"port"`
	} `json:"socket-address"`
}

// migrationRAM is how far the RAM of a migration is.
type migrationRAM struct {
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

// sample makes a sample of what QEMU tells.
func (m migrationInfo) sample(since time.Time) migration.Sample {
	const mib = 1 << 20
	return migration.Sample{
		Seconds:            time.Since(since).Seconds(),
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

// ended reports whether a migration is over and all its figures are there: completed can be told before the times are.
func (m migrationInfo) ended() bool {
	switch m.Status {
	case "completed":
		return m.TotalTime > 0
	case "failed", "cancelled":
		return true
	}
	return false
}

// queryMigrate asks how the last migration goes or went.
func (m monitor) queryMigrate(ctx context.Context) (migrationInfo, error) {
	var info migrationInfo
	err := m.Execute(ctx, "query-migrate", nil, &info)
	return info, err
}

// The ways to measure dirtying.
const (
	pageSampling = "page-sampling" // by the checksums of some pages
	dirtyBitmap  = "dirty-bitmap"  // every page, by KVM's log of them
)

const millisecond = "millisecond"

// calcDirtyRate begins to measure how much memory the guest dirties in window (50 ms to 60 s), page sampling by
// samplePages (128 to 16384) pages per GiB. It returns at once; queryDirtyRate says when it is done.
func (m monitor) calcDirtyRate(ctx context.Context, mode string, window time.Duration, samplePages int) error {
	arguments := map[string]any{"calc-time": window.Milliseconds(), "calc-time-unit": millisecond, "mode": mode}
	if mode == pageSampling {
		arguments["sample-pages"] = samplePages
	}
	return m.Execute(ctx, "calc-dirty-rate", arguments, nil)
}

// dirtyRate is the last measurement by calcDirtyRate.
type dirtyRate struct {
	Status      string  `json:"status"`       // unstarted, measuring, measured
	MiBs        float64 `json:"dirty-rate"`   // MiB/s, once measured; whole ones, rounded down
	Window      int64   `json:"calc-time"`    // ms
	SamplePages int     `json:"sample-pages"` // per GiB
}

func (m monitor) queryDirtyRate(ctx context.Context) (dirtyRate, error) {
	var rate dirtyRate
	err := m.Execute(ctx, "query-dirty-rate", map[string]any{"calc-time-unit": millisecond}, &rate)
	return rate, err
}

// queryBlockstats returns the bytes that the guest has read from and written to all its disks since its QEMU started.
func (m monitor) queryBlockstats(ctx context.Context) (uint64, error) {
	var devices []struct {
		Stats struct {
			Read    uint64 `json:"rd_bytes"`
			Written uint64 `json:"wr_bytes"`
		} `json:"stats"`
	}
	err := m.Execute(ctx, "query-blockstats", nil, &devices)
	var sum uint64
	for _, device := range devices {
		sum += device.Stats.Read + device.Stats.Written
	}
	return sum, err
}

// quit ends QEMU. That QEMU has gone, before or without a reply, is success.
func (m monitor) quit(ctx context.Context) error {
	if err := m.Execute(ctx, "quit", nil, nil); !errors.Is(err, qmp.ErrClosed) {
		return err
	}
	return nil
}
