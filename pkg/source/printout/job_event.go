package printout

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"vmmp/pkg/migration"
)

// eventLine is the first of what `virsh event --event job-completed` prints of a job, with --timestamp or without.
var eventLine = regexp.MustCompile(
	`^(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+[-+]\d{4}): )?event 'job-completed' for domain '?(.+?)'?:$`)

// eventTime is how virsh writes the time of an event.
const eventTime = "2006-01-02 15:04:05.999-0700"

// readJobEvents reads events of jobs that completed: a report for each migration among them. Their fields are those of
// virDomainGetJobStats, in ms, bytes, bytes/s and pages/s.
func readJobEvents(f *file) []Report {
	var reports []Report
	var event *Report
	var fields map[string]string
	flush := func() {
		if event != nil {
			eventJob(event, fields)
			reports = append(reports, *event)
		}
	}
	for i, line := range f.lines() {
		if m := eventLine.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			flush()
			r := observed(m[2], i+1)
			if at, err := time.Parse(eventTime, m[1]); err == nil {
				r.At = at.UTC()
			}
			event, fields = &r, map[string]string{}
		} else if name, value, found := strings.Cut(strings.TrimSpace(line), ": "); found && event != nil {
			fields[name] = value
		}
	}
	flush()
	return reports
}

// The kinds of job that are a migration (virDomainJobOperation), as an event tells them.
const (
	incoming = "4"
	outgoing = "5"
)

// eventJob tells what an event says.
func eventJob(r *Report, fields map[string]string) {
	if kind := fields["operation"]; kind != "" && kind != incoming && kind != outgoing {
		r.Fault = fmt.Sprintf("is the event of a job of another kind, operation %s: no migration", clip(kind))
		return
	}
	j := unknownJob()
	const mib, mbit = 1.0 / (1 << 20), 8 / 1e6
	for name, n := range map[string]struct {
		dst    *float64
		factor float64
	}{
		"time_elapsed": {&j.elapsedMS, 1}, "downtime": {&j.downtimeMS, 1}, "memory_total": {&j.totalMiB, mib},
		"memory_processed": {&j.transferred, mib}, "memory_bps": {&j.mbps, mbit}, "memory_dirty_rate": {&j.dirtyPages, 1},
		"memory_page_size": {&j.pageBytes, 1}, "memory_iteration": {&j.syncs, 1}, "memory_constant": {&j.zeroPages, 1},
		"memory_normal": {&j.normalPages, 1}, "auto_converge_throttle": {&j.throttle, 1},
		"memory_postcopy_requests": {&j.postcopyRequests, 1},
	} {
		text, told := fields[name]
		if !told {
			continue
		}
		v, err := number(text, "")
		if err != nil {
			r.Fault = fmt.Sprintf("has %s, which %v", name, err)
			return
		}
		*n.dst = v * n.factor
	}
	j.pageBytes, j.downtimeMS = positive(j.pageBytes), positive(j.downtimeMS)
	status := migration.Completed
	if fields["success"] == "0" || fields["errmsg"] != "" {
		status = migration.Failed
	}
	j.ended(r, "event job-completed", status, clip(fields["errmsg"]))
}
