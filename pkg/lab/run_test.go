package lab

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/qmptest"
	"vmmp/pkg/qmp/query"
)

func TestStatusSaysHowItEnded(t *testing.T) {
	for _, test := range []struct {
		told   string
		gaveUp bool
		want   migration.Status
	}{
		{"completed", false, migration.Completed},
		{"completed", true, migration.Forced},
		{"cancelled", true, migration.NotConverged},
		{"cancelled", false, migration.Failed}, // by somebody else
		{"failed", false, migration.Failed},
		{"failed", true, migration.Failed},
	} {
		if got := status(query.Migration{Status: test.told}, test.gaveUp); got != test.want {
			t.Errorf("%s, given up %t: %s, want %s", test.told, test.gaveUp, got, test.want)
		}
	}
}

// A migration is given up once, by its rounds or by its timeout, and as it was asked to be.
func TestControl(t *testing.T) {
	active := func(rounds int64) query.Migration {
		return query.Migration{Status: "active", RAM: query.RAM{DirtySyncCount: rounds}}
	}
	for name, test := range map[string]struct {
		move Move
		info query.Migration
		late bool
		want string // the command that is given
	}{
		"within its rounds":        {Move{MaxRounds: 5}, active(5), false, ""},
		"past its rounds":          {Move{MaxRounds: 5}, active(6), false, "migrate_cancel"},
		"late":                     {Move{MaxRounds: 5}, active(1), true, "migrate_cancel"},
		"to be forced":             {Move{MaxRounds: 5, Force: true}, active(6), false, "migrate-set-parameters"},
		"not begun":                {Move{MaxRounds: 5}, query.Migration{Status: "setup"}, true, ""},
		"at its end":               {Move{MaxRounds: 5}, query.Migration{Status: "device"}, true, ""},
		"post-copy, first round":   {Move{Method: Postcopy}, active(1), false, ""},
		"post-copy, after it":      {Move{Method: Postcopy}, active(2), false, "migrate-start-postcopy"},
		"post-copy later":          {Move{Method: Postcopy, PostcopyFrom: time.Hour}, active(2), false, ""},
		"post-copy in round one":   {Move{Method: Postcopy, PostcopyFrom: time.Nanosecond}, active(1), false, "migrate-start-postcopy"},
		"post-copy is never given": {Move{Method: Postcopy, MaxRounds: 1}, query.Migration{Status: "postcopy-active"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := monitored(t, func(s *qmptest.Server) {
				if test.want == "" {
					return
				}
				r := s.Command(test.want)
				if limit := fmt.Sprint(r.Arguments); test.move.Force && !strings.Contains(limit, "downtime-limit:2e+06") {
					t.Errorf("forced by %s", limit)
				}
				s.Reply(r, "{}")
			})
			r := run{Move: test.move, source: &instance{monitor: m}, began: time.Now()}
			for range 2 { // the second time nothing is left to do, and the monitor would not answer
				if err := r.control(within(t, 20*time.Second), test.info, test.late); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Over loopback the destination chooses a port, and the source goes there.
func TestListenAsksWhereOverLoopback(t *testing.T) {
	asked := func(reply string) (*run, error) {
		m := monitored(t, func(s *qmptest.Server) {
			r := s.Command("migrate-incoming")
			if uri := fmt.Sprint(r.Arguments); uri != "map[uri:tcp:127.0.0.1:0]" {
				t.Errorf("%v", r.Arguments)
			}
			s.Reply(r, "{}")
			s.Reply(s.Command("query-migrate"), reply)
		})
		r := &run{Move: Move{LoopbackMbps: 1}, destination: &instance{monitor: m}}
		return r, r.listen(within(t, 20*time.Second))
	}
	r, err := asked(`{"status": "setup", "socket-address": [{"type": "inet", "host": "127.0.0.1", "port": "43215"}]}`)
	if err != nil || r.address != "tcp:127.0.0.1:43215" {
		t.Errorf("%q, %v", r.address, err)
	}
	if r, err := asked(`{"status": "setup"}`); err == nil {
		t.Errorf("it listens at %q", r.address)
	}
}

func TestParametersOfAMove(t *testing.T) {
	r := run{Move: Move{Limit: 70 * time.Millisecond, CapMbps: 800, Channels: 4, Compression: Zstd}}
	if got, want := r.parameters(), (migrationParameters{70, 100_000_000, 4, "zstd", nil}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	r = run{Move: Move{Limit: time.Second}}
	if got, want := r.parameters(), (migrationParameters{1000, qemuUnlimited, 0, "none", nil}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestPauseIsFromStopToResume(t *testing.T) {
	event := func(name string, us int) string {
		return fmt.Sprintf(`{"event": %q, "timestamp": {"seconds": 100, "microseconds": %d}}`, name, us)
	}
	source := monitored(t, func(s *qmptest.Server) { s.Send("%s", event("MIGRATION", 1)); s.Send("%s", event("STOP", 1500)) })
	destination := monitored(t, func(s *qmptest.Server) { s.Send("%s", event("RESUME", 64250)) })
	var out Result
	r := &run{source: &instance{monitor: source}, destination: &instance{monitor: destination}}
	if err := out.pause(within(t, 20*time.Second), r); err != nil || out.DowntimeMS != 62.75 {
		t.Errorf("%g ms, %v", out.DowntimeMS, err)
	}
}

func TestMeanDirtyingLeavesOutTheFirstPass(t *testing.T) {
	got := meanDirtying([]migration.Sample{{Rounds: 1, DirtyRate: 900}, {Rounds: 2, DirtyRate: 10}, {Rounds: 3, DirtyRate: 20}})
	if got != 15 {
		t.Errorf("%g MiB/s", got)
	}
	if got := meanDirtying(nil); got != 0 {
		t.Errorf("%g MiB/s of nothing", got)
	}
}

// ticking plays a guest's port: it sends a byte at each signal.
func ticking(t *testing.T, beats <-chan struct{}) *ticker {
	t.Helper()
	name := fmt.Sprintf("@vmmp-ticks-test-%d-%p", time.Now().UnixNano(), beats)
	l, err := net.Listen("unix", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		for range beats {
			if _, err := conn.Write([]byte{1}); err != nil {
				return
			}
		}
	}()
	ticks, err := listenTicks(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ticks.close() })
	return ticks
}

// beaten waits until a ticker has heard something.
func beaten(t *testing.T, ticks *ticker, since time.Time) {
	t.Helper()
	for ctx := within(t, 20*time.Second); ; {
		if _, last := ticks.span(); last.After(since) {
			return
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			t.Fatal("no tick came")
		}
	}
}

func TestThePauseSeenFromOutsideLiesBetweenTwoTickers(t *testing.T) {
	beatsA, beatsB := make(chan struct{}), make(chan struct{})
	a, b := ticking(t, beatsA), ticking(t, beatsB)
	if got := a.pause(b); got != 0 {
		t.Errorf("without ticks: %v", got)
	}
	start := time.Now()
	beatsA <- struct{}{}
	beaten(t, a, start)
	if got := a.pause(b); got != 0 {
		t.Errorf("with one side silent: %v", got)
	}
	second := time.Now()
	beatsA <- struct{}{}
	beaten(t, a, second)
	_, last := a.span()
	beatsB <- struct{}{}
	beaten(t, b, second)
	first, _ := b.span()
	beatsB <- struct{}{}
	beaten(t, b, first)
	if got, want := a.pause(b), first.Sub(last); got != want || got <= 0 {
		t.Errorf("%v between the last tick and the first, want %v", got, want)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var console tail
	if got := console.lastLines(); got != "it printed nothing" {
		t.Errorf("%q", got)
	}
	for i := range 5000 {
		fmt.Fprintf(&console, "line %d\r\n\n", i)
	}
	fmt.Fprint(&console, "end \xff")
	if got, want := console.lastLines(), "line 4995 | line 4996 | line 4997 | line 4998 | line 4999 | end ?"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if len(console.text) > tailBytes {
		t.Errorf("%d bytes are kept", len(console.text))
	}
}
