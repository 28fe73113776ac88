package sweep

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/lab"
	"vmmp/pkg/lab/guest"
	"vmmp/pkg/lab/link"
	"vmmp/pkg/migration"
)

// recorded is a row as a sweep makes it.
func recorded(id string) Row {
	var x migration.Features
	x.Set(migration.CPULoad, 40)
	x.Set(migration.MemoryMiB, 512)
	x.SetPoints([]migration.Point{{Seconds: 0.1, MiB: 1.5}, {Seconds: 1, MiB: 8}})
	w := guest.Workload{CPU: 0.5, ResidentMiB: 200, Content: guest.RandomContent, DirtyRate: 12.5, WorkingSetMiB: 64, Pattern: guest.HotColdPattern, DiskMBs: 3,
		HotMiB: 6, HotRate: 9.5, Layout: guest.ZerosFirst, FreedMiB: 40, ChangedWords: 8}
	m := lab.Move{Link: link.Link{Mbps: 1000, Latency: 2 * time.Millisecond, Jitter: 500 * time.Microsecond}, Limit: 300 * time.Millisecond, Method: lab.Precopy, MaxRounds: 30, Force: true,
		Channels: 4, Compression: lab.Zstd, TLS: true, PostcopyFrom: 1500 * time.Millisecond, Timeout: 5 * time.Second}
	setFeatures(&x, m)
	memory := host.GuestRAM{ProcessRSSMiB: 250.5, ZeroMiB: 300, ZeroTailMiB: 100}
	platform := Platform{Guest: lab.BareMetal, Accelerator: lab.KVM}
	(&Row{Planned: Planned{Platform: platform}, Memory: memory, QEMU: "10.0.2"}).setPlatform(&x)
	o := migration.Outcome{DowntimeMS: 123.456, TotalTimeMS: 4000, TransferredMiB: 250, Rounds: 4, Status: migration.Completed}
	return Row{
		Record: migration.Record{Features: x, Outcome: o, Group: "s-1", At: time.Unix(1, 0).UTC(), Source: migration.SourceLab, Site: "here"},
		Planned: Planned{ID: id, Setting: Setting{Name: "s-1", Workload: w, Machine: lab.Machine{Board: lab.PC, DirtyRing: 4096, KeepFreed: true}},
			Move: m, Repeat: 2, Boot: 7, Site: "here", Platform: platform},
		Memory:   memory,
		Result:   lab.Result{PostcopyMiB: 11, Outcome: o, QEMUDowntimeMS: 120, SeenDowntimeMS: 150.25, HostCPU: 0.5, Samples: []migration.Sample{{Seconds: 1}}},
		ProbeAge: 1500 * time.Millisecond, BootID: "b", QEMU: "10.0.2",
	}
}

// Rows of other columns behind those of a file would be read as what they are not.
func TestARecordingOfOtherColumnsIsNotGoneOnWith(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.csv")
	older := strings.Join(slices.DeleteFunc(Header(), func(name string) bool { return name == "site" }), ",") + "\n"
	if err := os.WriteFile(path, []byte(older), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRecorder(path); err == nil || !strings.Contains(err.Error(), "record to another file") {
		t.Errorf("opened: %v", err)
	}
}

func TestARecordingGoesOnWhereItWasBrokenOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lab.csv")
	for _, id := range []string{"s-1-1", "s-1-2"} {
		r, err := OpenRecorder(path)
		if err != nil {
			t.Fatal(err)
		}
		row := recorded(id)
		if r.Has(id) || id == "s-1-2" && !r.Has("s-1-1") {
			t.Errorf("before %s: has it %t, has the first %t", id, r.Has(id), r.Has("s-1-1"))
		}
		if err := r.Add(&row); err != nil || !r.Has(id) {
			t.Errorf("add %s: %v", id, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 3 || !slices.Equal(rows[0], Header()) {
		t.Fatalf("%d lines, %v", len(rows), err)
	}
	cell := func(name string) string { return rows[2][slices.Index(rows[0], name)] }
	for name, want := range map[string]string{
		"id": "s-1-2", "repeat": "2", "set_cpu": "0.5", "set_resident_mib": "200", "set_content": "random", "set_dirty_rate": "12.5",
		"set_working_set_mib": "64", "set_pattern": "hotcold", "set_disk_mbs": "3", "set_method": "precopy", "set_latency_ms": "2",
		"set_jitter_ms": "0.5", "set_max_rounds": "30", "set_force": "true", "qemu_downtime_ms": "120", "seen_downtime_ms": "150.25",
		"host_cpu": "0.5", "probe_age_s": "1.5", "qemu": "10.0.2", "boot_id": "b", "boot": "7", "downtime_ms": "123.456", "group": "s-1",
		"downtime_limit_ms": "300", "auto_converge": "false", "network_bandwidth": "1000", "source": "lab", "status": "completed",
		"set_channels": "4", "set_compression": "zstd", "set_tls": "true", "set_xbzrle": "false", "set_postcopy_from_s": "1.5", "set_loopback": "false",
		"set_hot_mib": "6", "set_hot_rate": "9.5", "set_layout": "first", "set_freed_mib": "40", "set_changed_words": "8", "set_keep_freed": "true",
		"process_rss_mib": "250.5", "zero_mib": "300", "zero_tail_mib": "100", "postcopy_mib": "11", "timeout_s": "5", "site": "here",
		"method": "precopy", "multifd_channels": "4", "compression": "zstd", "tls": "true", "hypervisor": "kvm", "hypervisor_version": "10.0",
		"guest": "baremetal", "accelerator": "kvm", "board": "pc", "display": "false", "dirty_ring": "4096",
	} {
		if got := cell(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	// What reads recordings reads these, and sees nothing of what was set.
	records, unknown, err := migration.ReadCSV(bytes.NewReader(text), migration.CSVOptions{})
	if err != nil || len(records) != 2 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	want := recorded("s-1-2").Record
	if got := records[1]; !got.Features.Equal(want.Features) || got.Outcome != want.Outcome || got.Group != "s-1" || got.Source != migration.SourceLab {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if len(unknown) != len(columns) {
		t.Errorf("%d columns are the lab's own, want %d: %v", len(unknown), len(columns), unknown)
	}
	file, err := os.Open(path + TraceSuffix)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var traces []migration.Trace
	for trace, err := range migration.ReadTraces(file) {
		if err != nil {
			t.Fatal(err)
		}
		traces = append(traces, trace)
	}
	if len(traces) != 2 || traces[1].ID != "s-1-2" || len(traces[1].Samples) != 1 {
		t.Errorf("traces %+v", traces)
	}
}

func TestWhatDidNotConvergeHasNoPause(t *testing.T) {
	row := recorded("a")
	row.Outcome = migration.UnknownOutcome()
	row.Outcome.Status = migration.NotConverged
	cells := row.cells()
	if got := cells[slices.Index(Header(), "downtime_ms")]; got != "" || !math.IsNaN(row.Outcome.DowntimeMS) {
		t.Errorf("downtime_ms is %q", got)
	}
}

// What is not known has an empty cell, what was not said is what the lab takes then.
func TestCellsOfWhatWasNotSaid(t *testing.T) {
	row := recorded("a")
	row.Result.RemainingMiB = math.NaN()
	row.Planned.Platform, row.Planned.Setting.Machine = Platform{}, lab.Machine{}
	cells := row.cells()
	for name, want := range map[string]string{"stop_mib": "", "guest": "linux", "accelerator": "tcg", "board": "q35"} {
		if got := cells[slices.Index(Header(), name)]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestRecordingsOfOthersAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"another table":  "cpu_load,downtime_ms\n1,2\n",
		"a broken table": strings.Join(Header(), ",") + "\n1\n",
		"older columns":  "id,repeat\n1,2\n",
		"a broken quote": "id\n\"a\n",
	} {
		path := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := OpenRecorder(path)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: opened as %v, %v", name, r, err)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != text {
			t.Errorf("%s: now holds %q, %v", name, left, err)
		}
	}
	if _, err := OpenRecorder(filepath.Join(t.TempDir(), "no", "such.csv")); err == nil {
		t.Error("a recording in no folder was opened")
	}
}
