package prometheus

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

// moved is a migration that is over, as a platform tells it; of an end of 0 the times are not told.
func moved(how, move string, start, end float64) []series {
	l := []string{"namespace", "shop", "name", "web", "move", move}
	all := []series{of("move_"+how, 1, l...)}
	if end > 0 {
		all = append(all, of("move_start", start, append(l, "node", "a")...), of("move_end", end, append(l, "node", "b")...))
	}
	return all
}

// watch watches until so many migrations were told, and sets the series of each round before it.
func watch(t *testing.T, rounds [][]series, want int) []source.Ended {
	t.Helper()
	f := newFake(t)
	s := f.open(t, Options{Poll: time.Hour})
	w := &watcher{source: s, seen: map[migrationKey]time.Time{}, waiting: map[migrationKey]int{}}
	var told []source.Ended
	for i, r := range rounds {
		f.set(r...)
		if err := w.round(t.Context(), func(e source.Ended) { told = append(told, e) }); err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
	}
	if len(told) != want {
		t.Fatalf("%d are told, want %d: %+v", len(told), want, told)
	}
	return told
}

func TestMigrationsThatEnd(t *testing.T) {
	old := moved("succeeded", "old", 1.7e9, 1.7e9+20)
	next := append(moved("succeeded", "next", 1.7e9+100, 1.7e9+112), old...)
	told := watch(t, [][]series{old, old, next, next, old, next}, 1)[0]
	outcome := told.Record.Outcome
	if outcome.TotalTimeMS != 12_000 || outcome.Status != migration.Completed || !math.IsNaN(outcome.DowntimeMS) {
		t.Errorf("%+v", outcome)
	}
	if told.VM.ID != "shop/web" || told.VM.Name != "web" || told.VM.Host != "b" || told.Record.Group != "shop/web" ||
		told.Record.Source != migration.SourcePrometheus || told.Record.At.Unix() != 1.7e9+112 ||
		told.Began.Unix() != 1.7e9+100 || told.Reason != "" {
		t.Errorf("%+v", told)
	}
	if _, err := told.Record.MarshalJSON(); err != nil {
		t.Error(err)
	}
}

func TestMigrationsThatFail(t *testing.T) {
	told := watch(t, [][]series{nil, moved("failed", "x", 1.7e9, 1.7e9+5)}, 1)[0]
	if told.Record.Outcome.Status != migration.Failed || told.Reason != "the metrics tell that it is failed, and not why" {
		t.Errorf("%+v", told)
	}
}

// The times of a migration may be told later than that it is over, or never.
func TestTimesComeLater(t *testing.T) {
	bare, full := moved("succeeded", "x", 0, 0), moved("succeeded", "x", 1.7e9, 1.7e9+9)
	if told := watch(t, [][]series{nil, bare, bare, full, full}, 1)[0]; told.Record.Outcome.TotalTimeMS != 9000 {
		t.Errorf("%+v", told)
	}
	told := watch(t, [][]series{nil, bare, bare, bare, bare, full}, 1)[0]
	if !math.IsNaN(told.Record.Outcome.TotalTimeMS) || !told.Began.IsZero() || time.Since(told.Record.At) > time.Minute {
		t.Errorf("%+v", told)
	}
	watch(t, [][]series{nil, bare, bare, bare}, 0)
}

// What lasts less than the resolution of the clock, or ends before it begins, has no known time.
func TestTimesThatSayNothing(t *testing.T) {
	for _, end := range []float64{1.7e9, 1.7e9 - 60, math.Inf(1), 1e300} {
		told := watch(t, [][]series{nil, moved("succeeded", "x", 1.7e9, end), nil, moved("succeeded", "x", 1.7e9, end),
			moved("succeeded", "x", 1.7e9, end), moved("succeeded", "x", 1.7e9, end), moved("succeeded", "x", 1.7e9, end)}, 1)[0]
		if !math.IsNaN(told.Record.Outcome.TotalTimeMS) {
			t.Errorf("%v: %+v", end, told.Record)
		}
	}
}

func TestWatch(t *testing.T) {
	f := newFake(t, moved("succeeded", "old", 1.7e9, 1.7e9+20)...)
	s := f.open(t, Options{Poll: 5 * time.Millisecond})
	ctx, end := context.WithCancel(t.Context())
	told := make(chan source.Ended, 9)
	ended := make(chan error)
	go func() { ended <- s.Watch(ctx, func(e source.Ended) { told <- e }) }()
	for len(f.queries()) < 4 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond) // the first round is over
	f.set(append(moved("failed", "new", 1.7e9, 1.7e9+30), moved("succeeded", "old", 1.7e9, 1.7e9+20)...)...)
	if e := <-told; e.Record.Outcome.TotalTimeMS != 30_000 {
		t.Errorf("%+v", e)
	}
	end()
	if err := <-ended; err != nil || len(told) != 0 {
		t.Errorf("%v, %d more", err, len(told))
	}
}

// A server that is away for a while is asked again, one that stays away is not watched any longer, one that denies
// is not at once.
func TestWatchOfServersAway(t *testing.T) {
	f := newFake(t)
	s := f.open(t, Options{Poll: time.Millisecond})
	n, away := 0, mostFailures-1
	f.refuses = func(string) (int, string) {
		if n++; n > 8 && n <= 8+4*away {
			return 500, "away"
		}
		return 0, ""
	}
	ctx, end := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer end()
	if err := s.Watch(ctx, func(source.Ended) {}); err != nil {
		t.Errorf("away for a while: %v", err)
	}
	f.mutex.Lock()
	n, away = 8, math.MaxInt32/8
	f.mutex.Unlock()
	if err := s.Watch(t.Context(), func(source.Ended) {}); err == nil || !strings.HasPrefix(err.Error(), "watch: ask "+f.URL) {
		t.Errorf("away for good: %v", err)
	}
	f.mutex.Lock()
	f.refuses = func(string) (int, string) { return 401, "" }
	f.mutex.Unlock()
	f.queries()
	if err := s.Watch(t.Context(), func(source.Ended) {}); !errors.Is(err, source.ErrDenied) || len(f.queries()) > 4 {
		t.Errorf("denied: %v", err)
	}
}

func TestWatchIsUnsupported(t *testing.T) {
	for _, name := range []string{"libvirt-exporter", "node-exporter"} {
		s, err := Open("http://127.0.0.1:1", load(t, name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Watch(t.Context(), nil); !errors.Is(err, source.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWatchOfAClosedSource(t *testing.T) {
	s := newFake(t).open(t, Options{Poll: time.Millisecond})
	time.AfterFunc(20*time.Millisecond, func() { _ = s.Close() })
	if err := s.Watch(t.Context(), func(source.Ended) {}); !errors.Is(err, errClosed) {
		t.Errorf("%v", err)
	}
}

func TestProgress(t *testing.T) {
	l := []string{"namespace", "shop", "name", "web", "node", "a"}
	f := newFake(t, append(web(), of("vm_moving", 30, l...), of("vm_remaining", 512<<20, l...), of("vm_speed", 1.25e8, l...).aged(4*time.Minute))...)
	p, err := f.open(t, Options{}).Progress(t.Context(), source.VM{ID: "shop/web"})
	if err != nil {
		t.Fatal(err)
	}
	since := time.Since(p.Started)
	if p.Sample.Seconds != 30 || p.Sample.RemainingMiB != 512 || since < 29*time.Second || since > 35*time.Second {
		t.Errorf("%+v", p)
	}
	if s := p.Sample; !math.IsNaN(s.Mbps) || !math.IsNaN(s.TransferredMiB) || !math.IsNaN(p.Version) || s.Rounds != 0 {
		t.Errorf("what is too old or not told is %+v", p)
	}
	if p.VM.State != source.Migrating {
		t.Errorf("%+v", p.VM)
	}
}

func TestNoProgress(t *testing.T) {
	f := newFake(t, web()...)
	for id, want := range map[string]error{"shop/web": source.ErrNotMigrating, "shop/none": source.ErrNotMigrating} {
		if _, err := f.open(t, Options{}).Progress(t.Context(), source.VM{ID: id}); !errors.Is(err, want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	s, err := Open(f.URL, load(t, "node-exporter"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Progress(t.Context(), source.VM{ID: "a"}); !errors.Is(err, source.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}
