package printout

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"

	"vmmp/pkg/migration"
)

// readHMP reads what `info migrate` of QEMU's human monitor prints, as up to QEMU 10.0 with a line for each number, or
// as since 10.1 with several of them in a line; beside it `info migrate_parameters` and `info migrate_capabilities`
// (migration-hmp-cmds.c of QEMU). It is one report.
func readHMP(f *file) ([]Report, error) {
	r := observed("", 1)
	h := hmp{job: unknownJob()}
	for _, line := range f.lines() {
		h.line(&r, strings.TrimSpace(line))
	}
	switch {
	case !h.any:
		return nil, errors.New("has no line of `info migrate`, such as `Migration status: active`")
	case h.fault != "":
		r.Fault = h.fault
	case h.hasStatus:
		h.qemuStatus(&r, "info migrate", h.status, h.reason)
	case r.Features.Known() == 0:
		r.Fault = "has no line `Migration status:`: no migration was begun, or the text is cut off"
	}
	return []Report{r}, nil
}

// hmp is what is known of the lines so far.
type hmp struct {
	job
	status, reason string
	hasStatus, any bool
	unit           string // of sizes, where a heading gives it
	fault          string
}

// statusLine is the line that says how the migration goes.
var statusLine = regexp.MustCompile(`^(?:Migration status|Status):\s+([a-z-]+)(?: \((.*)\))?$`)

// line reads one line.
func (h *hmp) line(r *Report, line string) {
	line = strings.TrimPrefix(line, "(qemu) ")
	if m := statusLine.FindStringSubmatch(line); m != nil {
		h.status, h.reason, h.hasStatus, h.any = m[1], m[2], true, true
		return
	}
	name, value, found := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	if !found {
		h.pairs(h.unit, line)
		return
	}
	switch name {
	case "Time (ms)", "Sizes (KB)":
		_, h.unit, _ = strings.Cut(strings.Trim(name, ")"), "(")
		h.pairs(h.unit, value)
	case "Sizes", "Transfers", "Channels", "Page Types", "Page Rates (pps)", "Pages", "Others":
		h.unit = ""
		h.pairs("", value)
	case "Throughput (mbps)", "Throughput (Mbps)":
		h.set(&h.mbps, name, value, "")
	default:
		h.field(r, name, value)
	}
}

// field reads a line of one number, or a parameter.
func (h *hmp) field(r *Report, name, value string) {
	const kib = "kbytes"
	numbers := map[string]struct {
		dst  *float64
		unit string
	}{
		"total time": {&h.elapsedMS, "ms"}, "downtime": {&h.downtimeMS, "ms"}, "expected downtime": {&h.expectedMS, "ms"},
		"transferred ram": {&h.transferred, kib}, "remaining ram": {&h.remainingMiB, kib}, "total ram": {&h.totalMiB, kib},
		"throughput": {&h.mbps, "mbps"}, "duplicate": {&h.zeroPages, "pages"}, "normal": {&h.normalPages, "pages"},
		"dirty sync count": {&h.syncs, ""}, "page size": {&h.pageBytes, kib}, "dirty pages rate": {&h.dirtyPages, "pages"},
		"cpu throttle percentage": {&h.throttle, ""}, "postcopy request count": {&h.postcopyRequests, ""},
		"vfio device transferred": {&h.vfioSent, kib},
	}
	if n, ok := numbers[name]; ok {
		h.set(n.dst, name, value, n.unit)
		return
	}
	h.parameter(r, name, value)
}

// parameter reads a line of `info migrate_parameters` or `info migrate_capabilities`.
func (h *hmp) parameter(r *Report, name, value string) {
	if f, on := capabilities[name]; on && (value == "on" || value == "off") {
		h.any = true
		r.told(f, map[string]float64{"on": 1, "off": 0}[value], "info migrate_capabilities, "+name)
		return
	}
	v := math.NaN()
	switch name {
	case "downtime-limit":
		h.set(&v, name, value, "ms")
		r.told(migration.DowntimeLimitMS, positive(v), "info migrate_parameters, "+name)
	case "max-bandwidth":
		h.set(&v, name, value, "bytes/second")
		tellCap(r, v, "info migrate_parameters, "+name)
	}
}

// pairs reads name=value pairs. Of sizes without a unit it is the given one.
func (h *hmp) pairs(unit, text string) {
	size := ""
	if unit == "KB" {
		size = "kbytes"
	}
	numbers := map[string]struct {
		dst  *float64
		unit string
	}{
		"total": {&h.totalMiB, size}, "transferred": {&h.transferred, size}, "remain": {&h.remainingMiB, size},
		"psize": {&h.pageBytes, size}, "pagesize": {&h.pageBytes, size}, "down": {&h.downtimeMS, ""},
		"exp_down": {&h.expectedMS, ""}, "normal": {&h.normalPages, ""}, "zero": {&h.zeroPages, ""},
		"dirty_syncs": {&h.syncs, ""}, "dirty": {&h.dirtyPages, ""}, "dirty_pages_rate": {&h.dirtyPages, ""},
		"postcopy_req": {&h.postcopyRequests, ""},
	}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(pair), "=")
		n, known := numbers[name]
		if unit == "ms" && name == "total" {
			n.dst, n.unit = &h.elapsedMS, ""
		}
		if found && known {
			h.set(n.dst, name, value, n.unit)
		}
	}
}

// set reads a number of the line so named. Sizes are kept in MiB, but for that of a page, in bytes.
func (h *hmp) set(dst *float64, name, text, unit string) {
	bare := strings.TrimSpace(strings.TrimSuffix(text, unit))
	if unit == "ms" {
		bare = strings.TrimSpace(strings.TrimSuffix(bare, "milliseconds"))
	}
	v, err := number(bare, "")
	isSize := dst == &h.totalMiB || dst == &h.transferred || dst == &h.remainingMiB || dst == &h.pageBytes ||
		dst == &h.vfioSent
	switch {
	case err == nil && isSize && unit == "kbytes":
		v /= 1024
	case isSize: // with its unit behind it
		v, err = number(bare, "MiB")
	}
	if dst == &h.pageBytes {
		v *= 1 << 20
	}
	if err != nil && h.fault == "" {
		h.fault = fmt.Sprintf("has `%s`, which %v", name, err)
	}
	if err == nil {
		*dst, h.any = v, true
	}
	if dst == &h.downtimeMS {
		*dst = positive(*dst)
	}
}
