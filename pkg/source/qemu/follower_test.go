package qemu

import (
	"math"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/query"
)

// What is told one second after the other, and the outcome that comes of it.
func TestFollower(t *testing.T) {
	type told struct {
		m      query.Migration
		status string
	}
	ram := func(rounds, sentMiB int64) query.RAM {
		return query.RAM{Total: 1 << 30, Transferred: sentMiB << 20, DirtySyncCount: rounds}
	}
	active := func(rounds int64) told {
		return told{query.Migration{Status: "active", TotalTime: 700 + 1000*rounds, RAM: ram(rounds, 10)}, query.Running}
	}
	paused := func(rounds int64) told { return told{active(rounds).m, query.Paused} }
	done := told{m: query.Migration{Status: "completed", TotalTime: 4100, Downtime: 31, RAM: ram(4, 100)}}
	failed := told{m: query.Migration{Status: "failed", ErrorDesc: "refused"}}
	gone := told{m: query.Migration{Status: "cancelled"}}
	none := told{}
	outcome := func(s migration.Status, down, total, sent, rounds float64) migration.Outcome {
		return migration.Outcome{DowntimeMS: down, TotalTimeMS: total, TransferredMiB: sent, Rounds: rounds, Status: s}
	}
	for name, test := range map[string]struct {
		told []told
		want []migration.Outcome
	}{
		"none":                       {[]told{none, none}, nil},
		"one that had ended before":  {[]told{done, done}, nil},
		"from its begin":             {[]told{none, active(1), active(2), done, done}, []migration.Outcome{outcome(migration.Completed, 31, 4100, 100, 4)}},
		"found under way":            {[]told{active(2), done}, []migration.Outcome{outcome(migration.Completed, 31, 4100, 100, 4)}},
		"too short to be seen":       {[]told{none, done}, []migration.Outcome{outcome(migration.Completed, 31, 4100, 100, 4)}},
		"its times come later":       {[]told{active(1), {m: query.Migration{Status: "completed"}}, done}, []migration.Outcome{outcome(migration.Completed, 31, 4100, 100, 4)}},
		"the guest was stopped":      {[]told{active(1), paused(2), done}, []migration.Outcome{outcome(migration.Forced, nan, 4100, 100, 4)}},
		"cancelled after its rounds": {[]told{active(1), active(2), gone, gone}, []migration.Outcome{outcome(migration.NotConverged, nan, 3700, 10, 2)}},
		"cancelled in the first":     {[]told{active(1), gone}, []migration.Outcome{outcome(migration.Failed, nan, 2700, 10, 1)}},
		"refused at once":            {[]told{none, failed, failed}, []migration.Outcome{outcome(migration.Failed, nan, nan, nan, nan)}},
		"twice": {[]told{none, active(1), gone, active(2), done}, []migration.Outcome{
			outcome(migration.Failed, nan, 2700, 10, 1), outcome(migration.Completed, 31, 4100, 100, 4)}},
		"stopped, but not the second time": {[]told{none, paused(1), gone, active(2), done}, []migration.Outcome{
			outcome(migration.Failed, nan, 2700, 10, 1), outcome(migration.Completed, 31, 4100, 100, 4)}},
		"refused twice": {[]told{none, failed, {m: query.Migration{Status: "setup"}}, failed}, []migration.Outcome{
			outcome(migration.Failed, nan, nan, nan, nan), outcome(migration.Failed, nan, nan, nan, nan)}},
		"one that fails to come in": {[]told{none, {query.Migration{Status: "active"}, query.InMigrate}, failed, failed}, nil},
		"one that comes in and goes out again": {[]told{{query.Migration{Status: "active"}, query.InMigrate},
			{m: query.Migration{Status: "completed"}}, active(1), done}, []migration.Outcome{outcome(migration.Completed, 31, 4100, 100, 4)}},
		"one that comes in": {[]told{none, {m: query.Migration{Status: "active"}}, {m: query.Migration{Status: "completed"}}}, nil},
	} {
		var f follower
		var got []migration.Outcome
		for i, what := range test.told {
			at := time.Unix(1000+int64(i), 0)
			if f.see(what.m, what.status, at) {
				out, began := f.finish(what.m, at)
				got = append(got, out)
				if known := !math.IsNaN(out.TotalTimeMS); known == began.IsZero() {
					t.Errorf("%s: began %v", name, began)
				}
			}
		}
		if len(got) != len(test.want) {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
			continue
		}
		for i := range got {
			if !same(got[i], test.want[i]) {
				t.Errorf("%s: %+v, want %+v", name, got[i], test.want[i])
			}
		}
	}
}

func same(a, b migration.Outcome) bool {
	eq := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
	return a.Status == b.Status && eq(a.DowntimeMS, b.DowntimeMS) && eq(a.TotalTimeMS, b.TotalTimeMS) &&
		eq(a.TransferredMiB, b.TransferredMiB) && eq(a.Rounds, b.Rounds)
}
