package sweep

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/lab"
	"vmmp/pkg/migration"
)

// Row holds one recorded migration: what its operator could know before, what came of it, and what only the lab knows.
type Row struct {
	migration.Record
	Planned  Planned
	Result   lab.Result
	Memory   host.GuestRAM // what the host held of the source before
	ProbeAge time.Duration // since the dirty curve and the load were measured
	BootID   string        // of this machine
	QEMU     string        // release
}

// column is one that the lab adds to those of a record.
type column struct {
	name string
	text func(*Row) string
}

// columns are the lab's: the truth that was set, which no model may see, further outcomes, and the circumstances.
var columns = []column{
	{"id", func(r *Row) string { return r.Planned.ID }},
	{"repeat", func(r *Row) string { return strconv.Itoa(r.Planned.Repeat) }},
	{"set_cpu", numeric(func(r *Row) float64 { return r.Planned.Setting.Workload.CPU })},
	{"set_resident_mib", numeric(func(r *Row) float64 { return float64(r.Planned.Setting.Workload.ResidentMiB) })},
	{"set_content", func(r *Row) string { return string(r.Planned.Setting.Workload.Content) }},
	{"set_dirty_rate", numeric(func(r *Row) float64 { return r.Planned.Setting.Workload.DirtyRate })},
	{"set_working_set_mib", numeric(func(r *Row) float64 { return float64(r.Planned.Setting.Workload.WorkingSetMiB) })},
	{"set_pattern", func(r *Row) string { return string(r.Planned.Setting.Workload.Pattern) }},
	{"set_disk_mbs", numeric(func(r *Row) float64 { return r.Planned.Setting.Workload.DiskMBs })},
	{"set_method", func(r *Row) string { return string(r.Planned.Move.Method) }},
	{"set_latency_ms", numeric(func(r *Row) float64 { return inMilliseconds(r.Planned.Move.Link.Latency) })},
	{"set_jitter_ms", numeric(func(r *Row) float64 { return inMilliseconds(r.Planned.Move.Link.Jitter) })},
	{"set_max_rounds", numeric(func(r *Row) float64 { return float64(r.Planned.Move.MaxRounds) })},
	{"set_force", func(r *Row) string { return strconv.FormatBool(r.Planned.Move.Force) }},
	{"set_channels", numeric(func(r *Row) float64 { return float64(r.Planned.Move.Channels) })},
	{"set_xbzrle", func(r *Row) string { return strconv.FormatBool(r.Planned.Move.XBZRLE) }},
	{"set_compression", func(r *Row) string { return string(r.Planned.Move.Compression) }},
	{"set_tls", func(r *Row) string { return strconv.FormatBool(r.Planned.Move.TLS) }},
	{"set_postcopy_from_s", numeric(func(r *Row) float64 { return r.Planned.Move.PostcopyFrom.Seconds() })},
	{"set_loopback", func(r *Row) string { return strconv.FormatBool(r.Planned.Move.LoopbackMbps > 0) }},
	{"set_hot_mib", numeric(func(r *Row) float64 { return float64(r.Planned.Setting.Workload.HotMiB) })},
	{"set_hot_rate", numeric(func(r *Row) float64 { return r.Planned.Setting.Workload.HotRate })},
	{"set_layout", func(r *Row) string { return string(r.Planned.Setting.Workload.Layout) }},
	{"set_freed_mib", numeric(func(r *Row) float64 { return float64(r.Planned.Setting.Workload.FreedMiB) })},
	{"set_changed_words", numeric(func(r *Row) float64 { return float64(r.Planned.Setting.Workload.ChangedWords) })},
	{"set_keep_freed", func(r *Row) string { return strconv.FormatBool(r.Planned.Setting.Machine.KeepFreed) }},
	{"process_rss_mib", numeric(func(r *Row) float64 { return r.Memory.ProcessRSSMiB })},
	{"zero_mib", numeric(func(r *Row) float64 { return r.Memory.ZeroMiB })},
	{"qemu_downtime_ms", numeric(func(r *Row) float64 { return r.Result.QEMUDowntimeMS })},
	{"seen_downtime_ms", numeric(func(r *Row) float64 { return r.Result.SeenDowntimeMS })},
	{"setup_ms", numeric(func(r *Row) float64 { return r.Result.SetupMS })},
	{"stop_mib", numeric(func(r *Row) float64 { return r.Result.RemainingMiB })},
	{"postcopy_mib", numeric(func(r *Row) float64 { return r.Result.PostcopyMiB })},
	{"link_mbps", numeric(func(r *Row) float64 { return r.Result.LinkMbps })},
	{"dirty_during", numeric(func(r *Row) float64 { return r.Result.DirtyMiBs })},
	{"max_throttle", numeric(func(r *Row) float64 { return r.Result.MaxThrottle })},
	{"host_cpu", numeric(func(r *Row) float64 { return r.Result.HostCPU })},
	{"probe_age_s", numeric(func(r *Row) float64 { return r.ProbeAge.Seconds() })},
	{"reason", func(r *Row) string { return r.Result.Reason }},
	{"guest", func(r *Row) string { return string(cmp.Or(r.Planned.Platform.Guest, lab.Linux)) }},
	{"accelerator", func(r *Row) string { return string(cmp.Or(r.Planned.Platform.Accelerator, lab.TCG)) }},
	{"board", func(r *Row) string { return string(cmp.Or(r.Planned.Setting.Machine.Board, lab.Q35)) }},
	{"display", func(r *Row) string { return strconv.FormatBool(r.Planned.Setting.Machine.Display) }},
	{"dirty_ring", numeric(func(r *Row) float64 { return float64(r.Planned.Setting.Machine.DirtyRing) })},
	{"qemu", func(r *Row) string { return r.QEMU }},
	{"boot_id", func(r *Row) string { return r.BootID }},
	{"boot", func(r *Row) string { return strconv.Itoa(r.Planned.Boot) }},
}

func numeric(of func(*Row) float64) func(*Row) string {
	return func(r *Row) string {
		if math.IsNaN(of(r)) {
			return ""
		}
		return strconv.FormatFloat(thousandths(of(r)), 'f', -1, 64)
	}
}

// thousandths keeps three decimals.
func thousandths(v float64) float64 { return float64(int64(v*1000+0.5)) / 1000 }

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Header returns the columns of recorded rows: those of a record, then the lab's.
func Header() []string {
	header := migration.CSVHeader()
	for _, c := range columns {
		header = append(header, c.name)
	}
	return header
}

// cells returns the row below Header.
func (r *Row) cells() []string {
	cells := r.CSVCells()
	for _, c := range columns {
		cells = append(cells, c.text(r))
	}
	return cells
}

// recordedIDs reads which migrations a file of rows holds.
func recordedIDs(rows io.Reader) (map[string]bool, error) {
	in := csv.NewReader(rows)
	done := map[string]bool{}
	header, err := in.Read()
	if err == io.EOF {
		return done, nil
	}
	at := slices.Index(header, columns[0].name)
	switch {
	case err != nil:
	case at < 0:
		return nil, fmt.Errorf("it has no column %s: it was not recorded by the lab", columns[0].name)
	case !slices.Equal(header, Header()):
		return nil, errors.New("it was recorded by another release, whose columns are others: record to another file")
	}
	for err == nil {
		var cells []string
		if cells, err = in.Read(); err == nil {
			done[cells[at]] = true
		}
	}
	if err != io.EOF {
		return nil, err
	}
	return done, nil
}
