package libvirt

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// domjobinfo is what libvirt tells of a migration: what domjobinfo --rawstats printed of one from one host to another.
func domjobinfo() map[string]any {
	return map[string]any{
		"operation": int32(5), "time_elapsed": uint64(1569), "time_elapsed_net": uint64(1566), "downtime": uint64(44),
		"downtime_net": uint64(41), "setup_time": uint64(2), "data_total": uint64(268771328),
		"data_processed": uint64(34352776), "memory_total": uint64(268771328), "memory_processed": uint64(34352776),
		"memory_remaining": uint64(104857600), "memory_bps": uint64(291125220), "memory_constant": uint64(61517),
		"memory_dirty_rate": uint64(2560), "memory_iteration": uint64(2), "memory_postcopy_requests": uint64(0),
		"memory_page_size": uint64(4096),
	}
}

// watching starts to watch a fake, and returns what ends and how watching did.
func watching(t *testing.T, f *fake) (ends chan source.Ended, watched chan error) {
	t.Helper()
	s := f.open(t)
	ends, watched = make(chan source.Ended, 10), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() { watched <- s.Watch(ctx, func(e source.Ended) { ends <- e }) }()
	for listening := false; !listening; time.Sleep(time.Millisecond) {
		f.do(func() { listening = f.calls[procRegister] == 3 && f.calls[procStats] > 0 })
	}
	return ends, watched
}

// nextEnd waits for an end.
func nextEnd(t *testing.T, ends chan source.Ended) source.Ended {
	t.Helper()
	select {
	case e := <-ends:
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("nothing has ended")
	}
	return source.Ended{}
}

// move has a domain migrate.
func (f *fake) move(d *fakeDomain, passes uint64) {
	f.do(func() {
		d.jobType, d.job = 2, domjobinfo()
		d.job["memory_iteration"] = passes
	})
	f.tell(iterationProcedure, d, func(e *encoder) { e.words(1) })
}

// complete has libvirt tell that a job has completed.
func (f *fake) complete(d *fakeDomain, job map[string]any) {
	f.tell(completedProcedure, d, func(e *encoder) { e.params(job) })
}

func TestCompleted(t *testing.T) {
	t.Parallel()
	d, other := newDomain("web-1"), newDomain("db")
	f := newFake(t, d, other)
	ends, _ := watching(t, f)
	saved := domjobinfo()
	saved["operation"] = int32(2)
	f.complete(other, saved)                                              // no migration
	f.tell(77, d, func(e *encoder) { e.words(1) })                        // nothing that is listened to
	f.tell(completedProcedure, d, func(e *encoder) { e.words(9, 99, 9) }) // not to be read
	f.tell(lifecycleProcedure, d, func(e *encoder) { e.words(5, 3) })
	f.complete(d, domjobinfo())
	e := nextEnd(t, ends)
	want := migration.Outcome{DowntimeMS: 44, TotalTimeMS: 1569, TransferredMiB: 34352776.0 / (1 << 20), Rounds: 2,
		Status: migration.Completed}
	if e.Record.Outcome != want || e.VM.Name != "web-1" || e.VM.ID != d.vm().ID || e.Record.Group != e.VM.ID ||
		e.VM.Host != "alpha" || e.Reason != "" || e.Record.Source != migration.SourceLibvirt {
		t.Errorf("%+v", e)
	}
	if took := e.Record.At.Sub(e.Began); took < 1500*time.Millisecond || took > 2500*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act    func(*fake, *fakeDomain)
		status migration.Status
		reason string
	}{
		"suspended by somebody": {func(f *fake, d *fakeDomain) {
			f.tell(lifecycleProcedure, d, func(e *encoder) { e.words(3, 0) })
			f.complete(d, domjobinfo())
		}, migration.Forced, ""},
		"suspended and resumed": {func(f *fake, d *fakeDomain) {
			f.tell(lifecycleProcedure, d, func(e *encoder) { e.words(3, 0) })
			f.tell(lifecycleProcedure, d, func(e *encoder) { e.words(4, 0) })
			f.complete(d, domjobinfo())
		}, migration.Completed, ""},
		"suspended to switch over": {func(f *fake, d *fakeDomain) {
			f.tell(lifecycleProcedure, d, func(e *encoder) { e.words(3, 1) })
			f.complete(d, domjobinfo())
		}, migration.Completed, ""},
		"post-copy": {func(f *fake, d *fakeDomain) {
			f.tell(lifecycleProcedure, d, func(e *encoder) { e.words(3, 7) })
			f.complete(d, domjobinfo())
		}, migration.Completed, ""},
		"destroyed": {func(f *fake, d *fakeDomain) {
			f.tell(lifecycleProcedure, d, func(e *encoder) { e.words(5, 1) })
		}, migration.Failed, "stopped while it was migrated"},
		"over without a word": {func(f *fake, d *fakeDomain) {
			f.do(func() { d.jobType, d.job = 0, nil })
		}, migration.NotConverged, "pass 9"},
		"gone without a word": {func(f *fake, _ *fakeDomain) {
			f.do(func() { f.domains = nil })
		}, migration.NotConverged, "pass 9"},
		"failed": {func(f *fake, d *fakeDomain) {
			f.do(func() { d.jobType = 4 })
		}, migration.Failed, "says that it failed"},
		"cancelled": {func(f *fake, d *fakeDomain) {
			f.do(func() { d.jobType = 5 })
		}, migration.NotConverged, "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDomain("web-1")
			f := newFake(t, d)
			ends, _ := watching(t, f)
			f.move(d, 9)
			for followed := false; !followed; time.Sleep(time.Millisecond) {
				f.do(func() { followed = f.calls[procJob] >= 2 })
			}
			c.act(f, d)
			e := nextEnd(t, ends)
			if e.Record.Outcome.Status != c.status || !strings.Contains(e.Reason, c.reason) || (e.Reason == "") != (c.reason == "") {
				t.Errorf("%+v", e)
			}
			if over := c.reason == ""; over == math.IsNaN(e.Record.Outcome.DowntimeMS) || math.IsNaN(e.Record.Outcome.TotalTimeMS) {
				t.Errorf("outcome %+v", e.Record.Outcome)
			}
			if post := e.Record.Features.Get(migration.Method) == migration.MethodPostcopy; post != (name == "post-copy") {
				t.Errorf("method of %+v", e.Record.Features)
			}
			select {
			case e := <-ends:
				t.Errorf("and again: %+v", e)
			case <-time.After(50 * time.Millisecond):
			}
		})
	}
}

func TestUnderWayAlready(t *testing.T) {
	t.Parallel()
	d := newDomain("web-1")
	d.jobType, d.job = 2, domjobinfo()
	f := newFake(t, d)
	ends, _ := watching(t, f)
	for seen := false; !seen; time.Sleep(time.Millisecond) {
		f.do(func() { seen = f.calls[procJob] >= 2 })
	}
	f.do(func() { d.jobType, d.job = 0, nil })
	if e := nextEnd(t, ends); e.Record.Outcome.Status != migration.Failed || !strings.Contains(e.Reason, "before its third pass") {
		t.Errorf("%+v", e)
	}
}

func TestWatchingEnds(t *testing.T) {
	t.Parallel()
	f := newFake(t, newDomain("web-1"))
	_, watched := watching(t, f)
	f.drop()
	select {
	case err := <-watched:
		if err == nil || !strings.Contains(err.Error(), "closed the connection") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the connection is gone, and it is watched")
	}
}

func TestWatchingWhatHangsEnds(t *testing.T) {
	t.Parallel()
	f := newFake(t, newDomain("web-1"))
	_, watched := watching(t, f)
	f.do(func() { f.stuck[procLibVersion] = true })
	select {
	case err := <-watched:
		if err == nil || !strings.Contains(err.Error(), "has not answered for 300ms") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("what hangs is watched")
	}
}

func TestProgress(t *testing.T) {
	d := newDomain("web-1")
	f := newFake(t, d)
	s := f.open(t)
	if _, err := s.Progress(t.Context(), d.vm()); !errors.Is(err, source.ErrNotMigrating) {
		t.Errorf("none: %v", err)
	}
	f.do(func() {
		d.jobType, d.job = 2, domjobinfo()
		d.job["auto_converge_throttle"] = int32(20)
		d.speed = 125
	})
	p, err := s.Progress(t.Context(), d.vm())
	want := migration.Sample{Seconds: 1.569, RemainingMiB: 100, TransferredMiB: 34352776.0 / (1 << 20), DirtyRate: 10,
		Rounds: 2, Mbps: 2329.00176, ExpectedDowntimeMS: 44, Throttle: 0.2, ZeroMiB: 61517.0 / 256}
	if err != nil || p.Sample != want || p.Version != migration.VersionNumber(10, 2) || p.VM.State != source.Migrating {
		t.Errorf("%+v, %v; want %+v", p, err, want)
	}
	for f, want := range map[migration.Feature]float64{migration.AutoConverge: 1, migration.DowntimeLimitMS: 300,
		migration.BandwidthCap: 1048.576} {
		if got := p.Settings.Get(f); got != want {
			t.Errorf("%v is %g, want %g", f, got, want)
		}
	}
	if ago := time.Since(p.Started); ago < 1500*time.Millisecond || ago > 3*time.Second {
		t.Errorf("began %v ago", ago)
	}
	f.do(func() { d.job["operation"] = int32(4) })
	if _, err := s.Progress(t.Context(), d.vm()); !errors.Is(err, source.ErrNotMigrating) {
		t.Errorf("incoming: %v", err)
	}
	f.do(func() { d.jobType, d.job = 4, map[string]any{} })
	if _, err := s.Progress(t.Context(), d.vm()); !errors.Is(err, source.ErrNotMigrating) {
		t.Errorf("failed: %v", err)
	}
	f.do(func() {
		d.jobType, d.job = 2, domjobinfo()
		for _, name := range []string{"memory_iteration", "memory_remaining", "time_elapsed", "memory_page_size"} {
			d.job[name] = uint64(math.MaxUint64)
		}
	})
	if p, err := s.Progress(t.Context(), d.vm()); err != nil || p.Sample.Rounds != 0 || p.Sample.RemainingMiB != 0 || !p.Started.IsZero() {
		t.Errorf("numbers that overflow: %+v, %v", p, err)
	}
	if _, err := s.Progress(t.Context(), newDomain("gone").vm()); !errors.Is(err, source.ErrGone) {
		t.Errorf("unknown: %v", err)
	}
}
