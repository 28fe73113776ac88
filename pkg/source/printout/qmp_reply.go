package printout

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vmmp/pkg/migration"
)

// reply reads what a query returned, told by its fields.
func (q *qmpReplies) reply(fields map[string]json.RawMessage, raw json.RawMessage) error {
	has := func(name string) bool { _, ok := fields[name]; return ok }
	switch {
	case has("calc-time"):
		return q.dirtyRate(raw)
	case has("downtime-limit") || has("max-bandwidth"):
		return q.parameters(raw)
	case has("qemu"):
		return q.version(raw)
	case has("ram") || has("setup-time") || has("total-time") || has("error-desc") || has("blocked-reasons"):
		return q.queryMigrate(raw)
	case has("status") && !has("running"): // not the reply of query-status
		return q.queryMigrate(raw)
	}
	return nil
}

// version reads the reply of query-version, or the greeting that holds it.
func (q *qmpReplies) version(raw json.RawMessage) error {
	type release struct{ QEMU struct{ Major, Minor int } }
	var v struct {
		release
		Version release
	}
	if err := decode("query-version", raw, &v); err != nil {
		return err
	}
	for _, n := range []release{v.release, v.Version} {
		if n.QEMU.Major > 0 && n.QEMU.Minor >= 0 && n.QEMU.Minor < 100 {
			q.any = true
			q.common.told(migration.HypervisorVersion, migration.VersionNumber(n.QEMU.Major, n.QEMU.Minor), "query-version")
		}
	}
	return nil
}

// dirtyRate reads the reply of query-dirty-rate. Several windows are points of the dirty curve.
func (q *qmpReplies) dirtyRate(raw json.RawMessage) error {
	var d struct {
		Status string
		Rate   *float64 `json:"dirty-rate"` // MiB/s
		Time   float64  `json:"calc-time"`
		Unit   string   `json:"calc-time-unit"`
	}
	if err := decode("query-dirty-rate", raw, &d); err != nil {
		return err
	}
	q.any = true
	if d.Rate == nil || d.Status != "measured" {
		q.common.Notes = append(q.common.Notes, fmt.Sprintf("query-dirty-rate had not measured yet (%s)", clip(d.Status)))
		return nil
	}
	seconds := d.Time
	if d.Unit == "millisecond" {
		seconds /= 1000
	}
	if seconds == 1 {
		q.common.told(migration.DirtyRate, *d.Rate, "query-dirty-rate")
		return nil
	}
	points := append(slices.Clone(q.common.Features.Points()), migration.Point{Seconds: seconds, MiB: *d.Rate * seconds})
	slices.SortFunc(points, func(a, b migration.Point) int { return cmp.Compare(a.Seconds, b.Seconds) })
	q.common.TellCurve(points, "query-dirty-rate", q.common.At)
	return nil
}

// parameters reads the reply of query-migrate-parameters.
func (q *qmpReplies) parameters(raw json.RawMessage) error {
	var p struct {
		Limit     *float64 `json:"downtime-limit"` // ms
		Bandwidth *float64 `json:"max-bandwidth"`  // bytes/s
		TLS       *string  `json:"tls-creds"`
		Mode      string   `json:"mode"`
	}
	if err := decode("query-migrate-parameters", raw, &p); err != nil {
		return err
	}
	q.any = true
	const from = "query-migrate-parameters, "
	if p.Limit != nil {
		q.common.told(migration.DowntimeLimitMS, positive(*p.Limit), from+"downtime-limit")
	}
	if p.Bandwidth != nil {
		tellCap(&q.common, *p.Bandwidth, from+"max-bandwidth")
	}
	if p.TLS != nil {
		q.common.told(migration.TLS, map[bool]float64{true: 1}[*p.TLS != ""], from+"tls-creds")
	}
	if strings.HasPrefix(p.Mode, "cpr-") {
		q.common.told(migration.Method, migration.MethodCPR, from+"mode")
	}
	return nil
}

// tellCap tells a cap in bytes/s. One beyond every line is none: QEMU and libvirt know no other way to say so.
func tellCap(r *Report, bytesPerSecond float64, from string) {
	mbps := bytesPerSecond * 8 / 1e6
	if mbps <= migration.Definitions[migration.BandwidthCap].Max {
		r.told(migration.BandwidthCap, positive(mbps), from)
	}
}

// migrationInfo is the reply of query-migrate. What is absent is nil.
type migrationInfo struct {
	Status      string   `json:"status"`
	Total       *float64 `json:"total-time"`        // ms
	Downtime    *float64 `json:"downtime"`          // ms
	Expected    *float64 `json:"expected-downtime"` // ms
	Description string   `json:"error-desc"`
	Throttle    *float64 `json:"cpu-throttle-percentage"`
	Blocked     []string `json:"blocked-reasons"`
	RAM         struct {
		Total            *float64 `json:"total"`       // bytes
		Transferred      *float64 `json:"transferred"` // bytes
		Remaining        *float64 `json:"remaining"`   // bytes
		Duplicate        *float64 `json:"duplicate"`
		Normal           *float64 `json:"normal"`
		Mbps             *float64 `json:"mbps"`
		DirtyPages       *float64 `json:"dirty-pages-rate"`
		PageSize         *float64 `json:"page-size"` // bytes
		Syncs            *float64 `json:"dirty-sync-count"`
		PostcopyRequests *float64 `json:"postcopy-requests"`
	} `json:"ram"`
	VFIO struct {
		Transferred *float64 `json:"transferred"` // bytes
	} `json:"vfio"`
}

// queryMigrate reads the reply of query-migrate.
func (q *qmpReplies) queryMigrate(raw json.RawMessage) error {
	var m migrationInfo
	if err := decode("query-migrate", raw, &m); err != nil {
		return err
	}
	q.any = true
	if n := len(q.reports); n == 0 || q.reports[n-1].Ended != nil || q.reports[n-1].Fault != "" {
		q.reports = append(q.reports, observed("", q.line)) // a migration that was not told of yet
	}
	r := &q.reports[len(q.reports)-1]
	j := m.job()
	j.qemuStatus(r, "query-migrate", m.Status, m.Description)
	if len(m.Blocked) > 0 {
		r.told(migration.Migratable, 0, "query-migrate, blocked-reasons")
		r.Unmovable, r.Fault = clip(m.Blocked[0]), ""
	}
	return nil
}

// job returns the counters.
func (m *migrationInfo) job() job {
	j := unknownJob()
	set := func(dst *float64, v *float64, factor float64) {
		if v != nil && *v >= 0 {
			*dst = *v * factor
		}
	}
	const mib = 1.0 / (1 << 20)
	set(&j.elapsedMS, m.Total, 1)
	set(&j.downtimeMS, m.Downtime, 1)
	set(&j.expectedMS, m.Expected, 1)
	set(&j.totalMiB, m.RAM.Total, mib)
	set(&j.remainingMiB, m.RAM.Remaining, mib)
	set(&j.transferred, m.RAM.Transferred, mib)
	set(&j.pageBytes, m.RAM.PageSize, 1)
	set(&j.dirtyPages, m.RAM.DirtyPages, 1)
	set(&j.syncs, m.RAM.Syncs, 1)
	set(&j.mbps, m.RAM.Mbps, 1)
	set(&j.zeroPages, m.RAM.Duplicate, 1)
	set(&j.normalPages, m.RAM.Normal, 1)
	set(&j.throttle, m.Throttle, 1)
	set(&j.postcopyRequests, m.RAM.PostcopyRequests, 1)
	set(&j.vfioSent, m.VFIO.Transferred, mib)
	j.downtimeMS = positive(j.downtimeMS)
	return j
}

// decode reads the reply of a query. The error names the field that is not what QEMU replies.
func decode(query string, raw json.RawMessage, dst any) error {
	err := json.Unmarshal(raw, dst)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s has %s, which is no such value: %s", query, wrong.Field, clip(wrong.Value))
	}
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", query, err)
	}
	return nil
}
