package qemu

import (
	"math"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/query"
)

// A follower makes of what a QEMU tells again and again which migrations have ended.
type follower struct {
	asked    bool            // at least once
	known    trace           // of the last that had ended
	comesIn  bool            // one does, which its source tells of
	underWay bool            // one goes out
	began    time.Time       // when it did
	last     query.Migration // what was last told of it while it sent
	stopped  bool            // the guest was stopped, not by QEMU to send the rest
}

// trace is what tells one ended migration from another: two failures that say the same, with nothing seen in between,
// are one.
type trace struct {
	status, err                         string
	total, setup, downtime, transferred int64
}

func traceOf(m query.Migration) trace {
	return trace{m.Status, m.ErrorDesc, m.TotalTime, m.SetupTime, m.Downtime, m.RAM.Transferred}
}

// see takes what QEMU tells at a time, and what it does (its RunState), and reports whether a migration has ended since
// it was told before.
func (f *follower) see(m query.Migration, status string, at time.Time) (over bool) {
	switch {
	case m.Active() && status == query.InMigrate:
		f.comesIn = true
	case m.Active() && m.RAM.Total == 0: // it is set up: what ends from here on is another
		f.known = trace{}
	case m.Active():
		if !f.underWay {
			f.underWay, f.comesIn, f.stopped = true, false, false
			f.began = at.Add(-time.Duration(m.TotalTime) * time.Millisecond)
		}
		f.last = m
		f.stopped = f.stopped || status == query.Paused
	case m.Ended():
		over = f.asked && !f.comesIn && (f.underWay || f.known != traceOf(m))
		f.known, f.comesIn = traceOf(m), false
	}
	f.asked = true
	return over
}

// finish returns what came of the migration that has just ended, and when it began; zero where that is not known. The
// next one starts anew.
func (f *follower) finish(m query.Migration, at time.Time) (migration.Outcome, time.Time) {
	began := f.began
	if m.TotalTime > 0 && !f.underWay {
		began = at.Add(-time.Duration(m.TotalTime) * time.Millisecond)
	}
	out := f.outcome(m, at)
	f.underWay, f.stopped, f.began, f.last = false, false, time.Time{}, query.Migration{}
	return out, began
}

// outcome returns what came of the migration. QEMU forgets what was sent of one that was cancelled.
func (f *follower) outcome(m query.Migration, at time.Time) migration.Outcome {
	out := migration.UnknownOutcome()
	ram := m.RAM
	if ram.Total == 0 {
		ram = f.last.RAM
	}
	if ram.Total > 0 {
		out.TransferredMiB, out.Rounds = float64(ram.Transferred)/mib, float64(ram.DirtySyncCount)
	}
	switch {
	case m.TotalTime > 0:
		out.TotalTimeMS = float64(m.TotalTime)
	case f.underWay:
		out.TotalTimeMS = float64(at.Sub(f.began)) / float64(time.Millisecond)
	}
	out.Status = f.status(m, ram)
	if out.Status == migration.Completed && m.TotalTime > 0 { // times that QEMU has told
		out.DowntimeMS = float64(m.Downtime)
	}
	return out
}

// status returns how a migration ended. One that is cancelled after its first pass has had the time to converge; before
// that it was given up for another reason.
func (f *follower) status(m query.Migration, ram query.RAM) migration.Status {
	switch {
	case m.Status == "completed" && f.stopped:
		return migration.Forced
	case m.Status == "completed":
		return migration.Completed
	case m.Status == "cancelled" && ram.DirtySyncCount > 1:
		return migration.NotConverged
	}
	return migration.Failed
}

// vfioMiB returns the state of passed-through devices that was sent, NaN where there are none.
func vfioMiB(m query.Migration) float64 {
	if m.VFIO.Transferred <= 0 {
		return math.NaN()
	}
	return float64(m.VFIO.Transferred) / mib
}
