package qemu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/qmptest"
	"vmmp/pkg/source"
)

// watched is a place that is watched in a bubble.
type watched struct {
	q      *qmptest.QEMU
	s      source.Source
	ended  chan source.Ended
	result chan error
	stop   context.CancelFunc
}

func watch(t *testing.T, q *qmptest.QEMU) watched {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := watched{q, inMemory(q), make(chan source.Ended, 10), make(chan error, 1), cancel}
	go func() { w.result <- w.s.Watch(ctx, func(e source.Ended) { w.ended <- e }) }()
	synctest.Wait()
	return w
}

// now lets QEMU tell something of its migration from now on.
func (w watched) now(status, migrate string) {
	w.q.Answer("query-status", qmptest.Return(`{"status": "`+status+`"}`))
	w.q.Answer("query-migrate", qmptest.Return(migrate))
}

func (w watched) event(name, data string) {
	w.q.Send(fmt.Sprintf(`{"event": %q, "data": %s, "timestamp": {"seconds": %d, "microseconds": 0}}`, name, data, time.Now().Unix()))
	synctest.Wait()
}

// one returns the one migration that has ended.
func (w watched) one(t *testing.T) source.Ended {
	t.Helper()
	synctest.Wait()
	if len(w.ended) != 1 {
		t.Fatalf("%d migrations have ended", len(w.ended))
	}
	return <-w.ended
}

func (w watched) close(t *testing.T) {
	t.Helper()
	w.stop()
	if err := <-w.result; err != nil {
		t.Errorf("past its context: %v", err)
	}
	_ = w.s.Close()
}

// Without events QEMU is asked now and then, and often once its guest stands.
func TestWatchWithoutEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, qmptest.New(t))
		defer w.close(t)
		time.Sleep(10*time.Second + time.Millisecond)
		if n := len(w.q.Asked()); n > 10 {
			t.Errorf("%d questions in 10 s of nothing", n)
		}
		began := time.Now()
		w.now("running", sending)
		time.Sleep(idleEvery + 1100*time.Millisecond) // between two questions
		w.now("finish-migrate", strings.Replace(sending, "active", "device", 1))
		w.event("STOP", "{}")
		time.Sleep(2 * lastEvery)
		w.now("postmigrate", sent)
		time.Sleep(2 * lastEvery)
		got := w.one(t)
		record := got.Record
		if !same(record.Outcome, migration.Outcome{DowntimeMS: 31, TotalTimeMS: 2000, TransferredMiB: 100, Rounds: 5, Status: migration.Completed}) ||
			record.Source != migration.SourceQEMU || record.At.Sub(began) > idleEvery+2*time.Second || record.At.Before(began) {
			t.Errorf("%+v at %v", record, record.At)
		}
		if got.VM.Name != "idle" || got.VM.State != source.Stopped || got.Reason != "" || got.Began.IsZero() {
			t.Errorf("%+v", got)
		}
		if x := record.Features; x.Get(migration.DowntimeLimitMS) != 300 || x.Get(migration.HypervisorVersion) != migration.VersionNumber(10, 0) {
			t.Errorf("features %v", x)
		}
		time.Sleep(time.Minute)
		if len(w.ended) != 0 {
			t.Error("it ended twice")
		}
	})
}

// With events QEMU is asked when it has something to tell.
func TestWatchWithEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-migrate-capabilities", qmptest.Return(`[{"capability": "events", "state": true}]`))
		w := watch(t, q)
		defer w.close(t)
		time.Sleep(50 * time.Second)
		if n := len(w.q.Asked()); n > 5 {
			t.Errorf("%d questions in 50 s of nothing", n)
		}
		w.now("running", `{"status": "failed", "error-desc": "Failed to connect: Connection refused"}`)
		w.event("MIGRATION", `{"status": "failed"}`)
		got := w.one(t)
		if got.Record.Outcome.Status != migration.Failed || got.Reason != "Failed to connect: Connection refused" || got.VM.State != source.Running {
			t.Errorf("%+v", got)
		}
	})
}

func TestWatchACancelledOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, qmptest.New(t))
		defer w.close(t)
		w.now("running", strings.Replace(sending, `"dirty-sync-count": 3`, `"dirty-sync-count": 1`, 1))
		time.Sleep(idleEvery + 1100*time.Millisecond) // between two questions
		w.now("running", `{"status": "cancelled"}`)
		time.Sleep(time.Second)
		if got := w.one(t); got.Record.Outcome.Status != migration.Failed || got.Reason != "it was cancelled in its first pass" {
			t.Errorf("%+v", got)
		}
	})
}

// Passed-through devices and post-copy show at the end.
func TestWatchTellsWhatShowsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, qmptest.New(t))
		defer w.close(t)
		w.now("postmigrate", strings.Replace(sent, `"ram": {`, `"vfio": {"transferred": 5242880}, "ram": {"postcopy-bytes": 1, `, 1))
		time.Sleep(idleEvery + 1100*time.Millisecond) // between two questions
		if x := w.one(t).Record.Features; x.Get(migration.VFIOMiB) != 5 || x.Get(migration.Method) != migration.MethodPostcopy {
			t.Errorf("features %v", x)
		}
	})
}

// A QEMU that its management ends once its guest has moved is no error.
func TestWatchEndsWithTheMigration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, qmptest.New(t))
		w.now("running", sending)
		time.Sleep(idleEvery + 1100*time.Millisecond) // between two questions
		w.now("postmigrate", sent)
		time.Sleep(time.Second)
		w.one(t)
		w.q.Cut("")
		if err := <-w.result; err != nil {
			t.Error(err)
		}
		w.stop()
	})
}

// Ended at once, it has told by an event that it was done, and no more.
func TestWatchEndsWithinTheLastAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, qmptest.New(t))
		w.now("running", sending)
		time.Sleep(idleEvery + 1100*time.Millisecond) // between two questions
		w.q.Answer("query-migrate", func(map[string]any) string {
			w.q.Cut("")
			return ""
		})
		at := time.Now().Truncate(time.Second)
		w.event("MIGRATION", `{"status": "completed"}`)
		if err := <-w.result; err != nil {
			t.Error(err)
		}
		got := w.one(t)
		if out := got.Record.Outcome; out.Status != migration.Completed || out.DowntimeMS == out.DowntimeMS ||
			out.TransferredMiB != 32 || !got.Record.At.Equal(at) || out.TotalTimeMS < 1500 {
			t.Errorf("%+v", got)
		}
		w.stop()
	})
}

func TestWatchOfAQEMUThatEnds(t *testing.T) {
	for name, test := range map[string]struct{ migrate, say string }{
		"by itself":            {`{}`, "QEMU has quit or crashed"},
		"while it is migrated": {sending, "its migration was under way, and what came of it is not known"},
	} {
		bubble(name, t, func(t *testing.T) {
			w := watch(t, qmptest.New(t))
			w.now("running", test.migrate)
			time.Sleep(idleEvery + 1100*time.Millisecond) // between two questions
			w.q.Cut("")
			fault(t, <-w.result, source.ErrGone, "/run/web.qmp", test.say)
			if len(w.ended) != 0 {
				t.Errorf("%+v", <-w.ended)
			}
			w.stop()
		})
	}
}

// A main loop that is held up for a while is waited for, and one that hangs is not.
func TestWatchOfAQEMUThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, qmptest.New(t))
		w.q.Answer("query-migrate", func(map[string]any) string { return "" })
		time.Sleep(30 * time.Second)
		w.now("running", `{}`)
		time.Sleep(30 * time.Second)
		if len(w.result) != 0 {
			t.Fatalf("after half a minute: %v", <-w.result)
		}
		w.q.Answer("query-migrate", func(map[string]any) string { return "" })
		fault(t, <-w.result, context.DeadlineExceeded, "/run/web.qmp", "has not answered")
		w.stop()
		_ = w.s.Close()
	})
}

// Others may ask while a place is watched.
func TestAskWhileWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watch(t, qmptest.New(t))
		vm := only(t, w.s)
		if _, err := w.s.Observe(soon(t), vm, source.Ask{}); err != nil {
			t.Error(err)
		}
		if _, err := w.s.Progress(soon(t), vm); !errors.Is(err, source.ErrNotMigrating) {
			t.Error(err)
		}
		second := make(chan error, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() { second <- w.s.Watch(ctx, func(source.Ended) {}) }()
		if err := <-second; err != nil {
			t.Errorf("a second watcher: %v", err)
		}
		w.close(t)
	})
}
