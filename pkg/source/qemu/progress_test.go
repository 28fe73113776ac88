package qemu

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/qmptest"
	"vmmp/pkg/source"
)

const (
	sending = `{"status": "active", "total-time": 1500, "setup-time": 4, "expected-downtime": 250, "cpu-throttle-percentage": 30, ` +
		`"ram": {"total": 268435456, "remaining": 67108864, "transferred": 33554432, "dirty-pages-rate": 2560, ` +
		`"page-size": 4096, "dirty-sync-count": 3, "mbps": 700, "duplicate": 512}}`
	sent = `{"status": "completed", "total-time": 2000, "setup-time": 4, "downtime": 31, ` +
		`"ram": {"total": 268435456, "transferred": 104857600, "page-size": 4096, "dirty-sync-count": 5, "mbps": 700}}`
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Greet(greeting(11, 1))
		s := inMemory(q)
		defer s.Close()
		q.Answer("query-migrate", qmptest.Return(sending))
		q.Answer("query-migrate-parameters", qmptest.Return(`{"downtime-limit": 500, "max-bandwidth": 125000000, "multifd-channels": 2}`))
		p, err := s.Progress(soon(t), only(t, s))
		if err != nil {
			t.Fatal(err)
		}
		want := migration.Sample{Seconds: 1.5, RemainingMiB: 64, TransferredMiB: 32, DirtyRate: 10, Rounds: 3, Mbps: 700,
			ExpectedDowntimeMS: 250, Throttle: 0.3, ZeroMiB: 2}
		if p.Sample != want || time.Since(p.Started) != 1500*time.Millisecond || p.VM.State != source.Migrating ||
			p.Version != migration.VersionNumber(11, 1) {
			t.Errorf("%+v", p)
		}
		x := p.Settings
		if x.Get(migration.DowntimeLimitMS) != 500 || x.Get(migration.BandwidthCap) != 1000 || x.Get(migration.Method) != migration.MethodPrecopy {
			t.Errorf("settings %v", x)
		}
		q.Answer("query-migrate", qmptest.Return(strings.Replace(sending, `"active"`, `"postcopy-active"`, 1)))
		if p, err := s.Progress(soon(t), only(t, s)); err != nil || p.Settings.Get(migration.Method) != migration.MethodPostcopy {
			t.Errorf("after the switch to post-copy: %+v, %v", p, err)
		}
	})
}

func TestNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		s := inMemory(q)
		defer s.Close()
		for _, test := range []struct{ status, migrate, say string }{
			{"running", `{}`, "none under way"},
			{"running", `{"status": "cancelled"}`, "none under way"},
			{"postmigrate", sent, "none under way"},
			{"running", `{"status": "setup"}`, "sets one up (setup)"},
			{"inmigrate", `{"status": "active"}`, "receives one: ask its source"},
		} {
			q.Answer("query-status", qmptest.Return(`{"status": "`+test.status+`"}`))
			q.Answer("query-migrate", qmptest.Return(test.migrate))
			_, err := s.Progress(soon(t), only(t, s))
			if !errors.Is(err, source.ErrNotMigrating) || !strings.Contains(err.Error(), test.say) {
				t.Errorf("%s: %v", test.migrate, err)
			}
		}
	})
}
