package printout

import (
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source/sourcetest"
)

// samples are texts of each format.
var samples = map[Format][]string{
	DomJobInfo: {runningJob, completedJob, failedJob, jobEvents},
	DomStats:   {twoDomains},
	QMP:        {activeReply, completedReply, dialogue},
	HMP:        {infoMigrate, infoMigrateSince},
	Prometheus: {kubeVirt, libvirtExporter},
	ProxmoxLog: {proxmoxLog, proxmoxLogBefore, proxmoxAborted},
}

func TestRecognise(t *testing.T) {
	for format, texts := range samples {
		for _, text := range texts {
			for _, written := range []string{text, "\ufeff" + text, strings.ReplaceAll(text, "\n", "\r\n"), "\n\n" + text} {
				if got, ok := Recognise([]byte(written)); !ok || got != format {
					t.Errorf("%s is recognised as %q, %v:\n%.60s", format, got, ok, written)
				}
			}
		}
	}
	if len(samples) != len(Formats) || len(readers) != len(Formats) {
		t.Errorf("%d formats have samples and %d readers, of %d", len(samples), len(readers), len(Formats))
	}
}

// Tables of migrations are never taken for anything else, whatever stands in their cells.
func TestRowsAreNotRecognised(t *testing.T) {
	for _, text := range []string{
		"", "\n", "cpu_load,memory_usage\n75,68\n", "\"cpu_load\",note\n75,\"Domain: 'a'\"\n", "name,cpu_load\n\"Job type: Unbounded\",3\n",
		"name,rack\nMigration status: active,3\n", "# HELP: none,cpu_load\nx,3\n", "name;cpu_load\nweb;75\n",
		"note,cpu_load\n2026-01-02 03:04:05 starting migration of VM 101,5\n",
		`{"cpu_load": 75, "memory_usage": 68}`, `{"cpu_load": 75, "return": 1}`, `{"status": "completed", "downtime_ms": 120}`, `{"cpuLoad": 75}`,
		`[{"cpu_load": 75}]`, `{"cpu_load":`, "[", "{", "a: 1\n", "name:  web\nrack:  b\nfloor:  3\n",
	} {
		if format, ok := Recognise([]byte(text)); ok {
			t.Errorf("%q is recognised as %s", text, format)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for format, want := range map[Format]string{
		DomJobInfo: "has no line `Job type:`", DomStats: "has no line `Domain: 'NAME'`", QMP: "line 1: is no JSON", HMP: "has no line of `info migrate`",
		Prometheus: "is no text exposition of Prometheus", ProxmoxLog: "tells of no live migration", "vmware": "is none of",
	} {
		if _, err := Read([]byte("good morning to everybody!\n"), format, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", format, err, want)
		}
		if _, err := Read([]byte(" \n"), format, time.UTC); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, empty: %v", format, err)
		}
	}
}

// Whatever is read keeps what a source promises, and gives a record that can be written and read again.
func fuzz(f *testing.F, format Format) {
	for _, texts := range samples {
		for _, text := range texts {
			f.Add([]byte(text))
			f.Add([]byte(text[:len(text)/2]))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		Recognise(text)
		reports, err := Read(text, format, time.UTC)
		if err == nil && len(reports) == 0 || err != nil && (err.Error() == "" || strings.Contains(err.Error(), "\n")) {
			t.Fatalf("%d reports, %v", len(reports), err)
		}
		for i := range reports {
			check(t, &reports[i])
		}
	})
}

// check checks what holds of any report.
func check(t *testing.T, r *Report) {
	t.Helper()
	sourcetest.Check(t, r.Observation)
	if strings.Contains(r.Fault, "\n") || strings.Contains(r.Progress(), "\n") || r.Line < 1 {
		t.Errorf("line %d, fault %q, progress %q", r.Line, r.Fault, r.Progress())
	}
	record := r.Record()
	text, err := record.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, unknown, faults := migration.DecodeJSON(text); len(unknown) > 0 || len(faults) > 0 && faults[0].Location != "group" {
		t.Errorf("%s: unknown %v, faults %v", text, unknown, faults)
	}
	if o := record.Outcome; o.Status != migration.Completed && !math.IsNaN(o.DowntimeMS) {
		t.Errorf("a migration that is %q has a downtime of %v ms", o.Status, o.DowntimeMS)
	}
}

func FuzzDomJobInfo(f *testing.F) { fuzz(f, DomJobInfo) }
func FuzzDomStats(f *testing.F)   { fuzz(f, DomStats) }
func FuzzQMP(f *testing.F)        { fuzz(f, QMP) }
func FuzzHMP(f *testing.F)        { fuzz(f, HMP) }
func FuzzPrometheus(f *testing.F) { fuzz(f, Prometheus) }
func FuzzProxmoxLog(f *testing.F) { fuzz(f, ProxmoxLog) }

// one reads a text of one report.
func one(t *testing.T, text string, format Format) Report {
	t.Helper()
	reports, err := Read([]byte(text), format, time.UTC)
	if err != nil || len(reports) != 1 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	check(t, &reports[0])
	return reports[0]
}

// features checks what is known, within a thousandth.
func features(t *testing.T, got migration.Features, want map[migration.Feature]float64) {
	t.Helper()
	for f, v := range want {
		if x := got.Get(f); !(math.Abs(x-v) <= 1e-3*max(1, math.Abs(v))) {
			t.Errorf("%s is %v, want %v", f, x, v)
		}
	}
	for f := range got.Known().All() {
		if _, ok := want[f]; !ok && f != migration.DirtyCurve {
			t.Errorf("%s is %v, and should be unknown", f, got.Get(f))
		}
	}
}

// outcome checks what came of a migration: downtime, total time, MiB and rounds, NaN where unknown.
func outcome(t *testing.T, got migration.Outcome, status migration.Status, want ...float64) {
	t.Helper()
	for i, v := range []float64{got.DowntimeMS, got.TotalTimeMS, got.TransferredMiB, got.Rounds} {
		if !(math.Abs(v-want[i]) <= 1e-3*max(1, want[i]) || math.IsNaN(v) && math.IsNaN(want[i])) {
			t.Errorf("outcome %d is %v, want %v", i, v, want[i])
		}
	}
	if got.Status != status {
		t.Errorf("the status is %q, want %q", got.Status, status)
	}
}
