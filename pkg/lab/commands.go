package lab

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// The commands a lab gives, in QEMU's words: docs/interop/qemu-qmp-ref.html, read
// against QEMU 10.0.2's own query-qmp-schema. Each fails as do does.

// setCapabilities switches migration capabilities such as events, auto-converge,
// multifd, postcopy-ram or xbzrle on or off. Both sides must be told.
func (q *qmp) setCapabilities(ctx context.Context, states map[string]bool) error {
	type capability struct {
		Name  string `json:"capability"`
		State bool   `json:"state"`
	}
	list := []capability{}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		list = append(list, capability{name, states[name]})
	}
	return q.do(ctx, "migrate-set-capabilities", map[string]any{"capabilities": list}, nil)
}

// migrationParameters are those of migrate-set-parameters that a lab sets. A
// zero leaves QEMU's value as it is.
type migrationParameters struct {
	DowntimeLimit            int64 `json:"downtime-limit,omitempty"`             // 1 to 2,000,000 ms; QEMU's default is 300 ms
	MaxBandwidth             int64 `json:"max-bandwidth,omitempty"`              // bytes/s, of the rounds only; QEMU's default is 128 MiB/s
	AvailSwitchoverBandwidth int64 `json:"avail-switchover-bandwidth,omitempty"` // bytes/s that the switch-over may reckon with; default: as measured
	MaxPostcopyBandwidth     int64 `json:"max-postcopy-bandwidth,omitempty"`     // bytes/s, of pages nobody waits for; default: no limit
	MultifdChannels          int   `json:"multifd-channels,omitempty"`           // 1 to 255; default 2
	XBZRLECacheSize          int64 `json:"xbzrle-cache-size,omitempty"`          // bytes; default 64 MiB
	ThrottleTriggerThreshold int   `json:"throttle-trigger-threshold,omitempty"` // %, of bytes dirtied to bytes sent; default 50
	CPUThrottleInitial       int   `json:"cpu-throttle-initial,omitempty"`       // % of its time that a vCPU is held; default 20
	CPUThrottleIncrement     int   `json:"cpu-throttle-increment,omitempty"`     // %; default 10
	MaxCPUThrottle           int   `json:"max-cpu-throttle,omitempty"`           // %; default 99
}

// setParameters sets what is not zero in p.
func (q *qmp) setParameters(ctx context.Context, p migrationParameters) error {
	return q.do(ctx, "migrate-set-parameters", p, nil)
}

// migrateIncoming makes a QEMU that was started with -incoming defer listen at an
// address: a URI such as tcp:HOST:PORT or unix:PATH, or, without a colon, the name
// of an abstract unix socket.
func (q *qmp) migrateIncoming(ctx context.Context, address string) error {
	return q.do(ctx, "migrate-incoming", migrationAddress(address), nil)
}

// migrate starts a migration to the QEMU that listens at an address, written as
// for migrateIncoming, and returns at once.
func (q *qmp) migrate(ctx context.Context, address string) error {
	return q.do(ctx, "migrate", migrationAddress(address), nil)
}

// migrationAddress makes arguments of an address. No URI can name an abstract
// socket, a channel can.
func migrationAddress(address string) map[string]any {
	if strings.Contains(address, ":") {
		return map[string]any{"uri": address}
	}
	socket := map[string]any{"transport": "socket", "type": "unix", "path": address, "abstract": true}
	return map[string]any{"channels": []any{map[string]any{"channel-type": "main", "addr": socket}}}
}

// migrateCancel asks for the migration to be given up; it is once queryMigrate
// says cancelled. It is no error if none is under way.
func (q *qmp) migrateCancel(ctx context.Context) error {
	return q.do(ctx, "migrate_cancel", nil, nil)
}

// startPostcopy switches the migration under way to post-copy; the capability
// postcopy-ram must have been set on both sides.
func (q *qmp) startPostcopy(ctx context.Context) error {
	return q.do(ctx, "migrate-start-postcopy", nil, nil)
}

// migrationInfo is what a QEMU knows of its migration. Times are in ms, and 0
// until known: a status of completed can come before them, so poll until
// TotalTime is not 0.
type migrationInfo struct {
	Status                string       `json:"status"` // empty: none yet; setup, active, postcopy-active, device, completed, failed, cancelling, cancelled, ...
	TotalTime             int64        `json:"total-time"`
	Downtime              int64        `json:"downtime"`          // once completed
	ExpectedDowntime      int64        `json:"expected-downtime"` // while active
	SetupTime             int64        `json:"setup-time"`
	CPUThrottlePercentage int          `json:"cpu-throttle-percentage"` // %, by auto-converge
	RAM                   migrationRAM `json:"ram"`
	ErrorDesc             string       `json:"error-desc"` // why it failed
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

// queryMigrate asks how the last migration goes or went.
func (q *qmp) queryMigrate(ctx context.Context) (migrationInfo, error) {
	var info migrationInfo
	err := q.do(ctx, "query-migrate", nil, &info)
	return info, err
}

const (
	pageSampling = "page-sampling" // the only mode that works without KVM
	millisecond  = "millisecond"
)

// calcDirtyRate begins to measure how much memory the guest dirties in window
// (50 ms to 60 s) by the checksums of samplePages (128 to 16384) pages per GiB. It
// returns at once; queryDirtyRate says when it is done.
func (q *qmp) calcDirtyRate(ctx context.Context, window time.Duration, samplePages int) error {
	return q.do(ctx, "calc-dirty-rate", map[string]any{
		"calc-time":      window.Milliseconds(),
		"calc-time-unit": millisecond,
		"mode":           pageSampling,
		"sample-pages":   samplePages,
	}, nil)
}

// dirtyRate is the last measurement by calcDirtyRate.
type dirtyRate struct {
	Status      string  `json:"status"`       // unstarted, measuring, measured
	MiBs        float64 `json:"dirty-rate"`   // MiB/s, once measured; whole ones, rounded down
	Window      int64   `json:"calc-time"`    // ms
	SamplePages int     `json:"sample-pages"` // per GiB
}

func (q *qmp) queryDirtyRate(ctx context.Context) (dirtyRate, error) {
	var rate dirtyRate
	err := q.do(ctx, "query-dirty-rate", map[string]any{"calc-time-unit": millisecond}, &rate)
	return rate, err
}

// cpuThread is a vCPU and the thread of the QEMU process that runs it.
type cpuThread struct {
	Index    int `json:"cpu-index"`
	ThreadID int `json:"thread-id"`
}

func (q *qmp) queryCPUsFast(ctx context.Context) ([]cpuThread, error) {
	var cpus []cpuThread
	err := q.do(ctx, "query-cpus-fast", nil, &cpus)
	return cpus, err
}

// queryBlockstats returns the bytes that the guest has read from and written to
// all its disks since its QEMU started.
func (q *qmp) queryBlockstats(ctx context.Context) (uint64, error) {
	var devices []struct {
		Stats struct {
			Read    uint64 `json:"rd_bytes"`
			Written uint64 `json:"wr_bytes"`
		} `json:"stats"`
	}
	err := q.do(ctx, "query-blockstats", nil, &devices)
	var sum uint64
	for _, device := range devices {
		sum += device.Stats.Read + device.Stats.Written
	}
	return sum, err
}

// cont lets the guest run, at the start or after a stop.
func (q *qmp) cont(ctx context.Context) error {
	return q.do(ctx, "cont", nil, nil)
}

// quit ends QEMU. That QEMU has gone, before or without a reply, is success.
func (q *qmp) quit(ctx context.Context) error {
	if err := q.do(ctx, "quit", nil, nil); !errors.Is(err, errGone) {
		return err
	}
	return nil
}
