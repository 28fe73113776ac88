package migration

import (
	"math"
	"strings"
	"testing"
	"time"
)

// sampleRecord has all there is to know.
func sampleRecord() Record {
	return Record{
		Features: sample(),
		Outcome:  Outcome{DowntimeMS: 156.25, TotalTimeMS: 8120, TransferredMiB: 5021.5, Rounds: 7, Status: Completed},
		Group:    `web "1", eu`, At: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Source: SourceLab, Site: "kvm 10.0, rack 4",
	}
}

// sameRecord compares what is written of records: At to the second.
func sameRecord(a, b Record) bool {
	number := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
	return a.Features.Equal(b.Features) && a.Group == b.Group && a.Source == b.Source && a.Site == b.Site &&
		a.At.Truncate(time.Second).Equal(b.At.Truncate(time.Second)) && a.Outcome.Status == b.Outcome.Status &&
		number(a.Outcome.DowntimeMS, b.Outcome.DowntimeMS) && number(a.Outcome.TotalTimeMS, b.Outcome.TotalTimeMS) &&
		number(a.Outcome.TransferredMiB, b.Outcome.TransferredMiB) && number(a.Outcome.Rounds, b.Outcome.Rounds)
}

func TestSwitchedOver(t *testing.T) {
	for _, test := range []struct {
		status   Status
		downtime float64
		want     bool
	}{
		{Completed, 100, true}, {Completed, math.NaN(), true}, {StatusUnknown, 100, true}, {StatusUnknown, math.NaN(), false},
		{Forced, 100, false}, {NotConverged, math.NaN(), false}, {Failed, 100, false},
	} {
		if got := (Outcome{DowntimeMS: test.downtime, Status: test.status}).SwitchedOver(); got != test.want {
			t.Errorf("%q with a downtime of %v: %v", test.status, test.downtime, got)
		}
	}
}

func TestSetOutcome(t *testing.T) {
	tests := []struct{ column, text, want string }{
		{"downtime_ms", "", ""}, {"downtime_ms", "0", ""}, {"rounds", "7", ""}, {"total_time_ms", "1e3", ""},
		{"status", "forced", ""}, {"source", "api", ""}, {"group", "ü 1", ""}, {"group", strings.Repeat("x", 1000), ""},
		{"at", "2026-01-31T12:00:00+02:00", ""}, {"at", "2026-01-31T12:00:00.25Z", ""},
		{"downtime_ms", "-1", `must be a number that is not negative, not "-1"`},
		{"downtime_ms", "1e400", `must be a number that is not negative, not "1e400"`},
		{"rounds", "NaN", `must be a number that is not negative, not "NaN"`},
		{"transferred_mib", "+Inf", `must be a number that is not negative, not "+Inf"`},
		{"status", "done", `must be one of completed, forced, not_converged, failed, not "done"`},
		{"status", "Completed", `must be one of completed, forced, not_converged, failed, not "Completed"`},
		{"source", "mars", `must be one of lab, precopy, libvirt, qemu, prometheus, kubernetes, proxmox, api, not "mars"`},
		{"at", "yesterday", `must be a time like 2026-01-31T12:00:00Z, not "yesterday"`},
		{"at", "2026-02-30T12:00:00Z", `must be a time like 2026-01-31T12:00:00Z, not "2026-02-30T12:00:00Z"`},
		{"at", "9999-12-31T23:59:59-01:00", `must be a time like 2026-01-31T12:00:00Z, not "9999-12-31T23:59:59-01:00"`},
		{"at", "0000-01-01T00:00:00+01:00", `must be a time like 2026-01-31T12:00:00Z, not "0000-01-01T00:00:00+01:00"`},
		{"group", "a\nb", `must be one line of text, not "a\nb"`},
		{"group", "a\x00b", `must be one line of text, not "a\x00b"`},
		{"group", "a\xffb", `must be one line of text, not "a\xffb"`},
		{"site", "rack 4", ""}, {"site", "a\tb", `must be one line of text, not "a\tb"`},
		{"site", strings.Repeat("x", 1001), "must be at most 1000 bytes long, not 1001"},
		{"group", strings.Repeat("x", 1001), "must be at most 1000 bytes long, not 1001"},
	}
	for _, test := range tests {
		r := Record{Outcome: UnknownOutcome()}
		err := r.setOutcome(test.column, test.text)
		if got := errorText(err); got != test.want {
			t.Errorf("%s %.40q: %s, want %s", test.column, test.text, got, test.want)
		}
		if changed := !sameRecord(r, Record{Outcome: UnknownOutcome()}); changed != (err == nil && test.text != "") {
			t.Errorf("%s %.40q: taken: %v", test.column, test.text, changed)
		}
	}
}

func TestGroupIsTrimmed(t *testing.T) {
	var r Record
	if err := r.setOutcome("group", "  web 1\n"); err != nil || r.Group != "web 1" {
		t.Errorf("%q, %v", r.Group, err)
	}
}

// Every outcome column can be read and written; one that is forgotten panics.
func TestOutcomeColumnsAreComplete(t *testing.T) {
	r, again := sampleRecord(), Record{Outcome: UnknownOutcome()}
	for _, column := range OutcomeColumns {
		if text := r.formatOutcome(column); text == "" {
			t.Errorf("%s is not written", column)
		} else if err := again.setOutcome(column, text); err != nil {
			t.Error(err)
		}
	}
	again.Features = r.Features
	if !sameRecord(r, again) {
		t.Errorf("%+v, was %+v", again, r)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
