//go:build integration

package postgres

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/history/historytest"
)

func mustOpen(t *testing.T, location string) history.Store {
	t.Helper()
	return historytest.Opener(openAt).Must(t, location, time.Now)
}

func exec(ctx context.Context, s history.Store, query string, args ...any) (int64, error) {
	return s.(*store).exec(ctx, query, args...)
}

func TestPostgres(t *testing.T) {
	server := historytest.NewPostgres(t)
	place := func(*testing.T) string { return server.Database() }
	historytest.Run(t, openAt, place)
	historytest.RunTables(t, openAt, place, exec)
}

// A pool of one connection, and a server that is fast rather than durable, are set
// right.
func TestPostgresSettings(t *testing.T) {
	location := historytest.StartPostgres(t)
	s := mustOpen(t, location+"&pool_max_conns=1&synchronous_commit=off").(*store)
	historytest.Add(t, s, historytest.FullEntry("a"))
	var durable string
	if err := s.DB.QueryRow("SHOW synchronous_commit").Scan(&durable); err != nil || durable != "on" {
		t.Errorf("synchronous_commit is %s, %v", durable, err)
	}
}

func TestPostgresFaults(t *testing.T) {
	server := historytest.NewPostgres(t)
	location := server.Database()
	s := mustOpen(t, location)

	missing := strings.Replace(location, "/vmmp1?", "/nowhere?", 1)
	if _, err := Open(t.Context(), missing); !errors.Is(err, history.ErrLocation) || !strings.Contains(err.Error(), `database "nowhere" does not exist`) || !strings.Contains(err.Error(), "createdb") {
		t.Errorf("missing: %v", err)
	}
	standby := location + "&default_transaction_read_only=on"
	for _, at := range []string{standby, strings.Replace(standby, "/vmmp1?", "/postgres?", 1)} {
		if _, err := Open(t.Context(), at); !errors.Is(err, history.ErrReadOnly) {
			t.Errorf("read only: %v", err)
		}
	}
	if n, err := exec(t.Context(), s, "INSERT INTO vmmp_batches (key, digest, ids, created_at) VALUES ('', '', '', 0)"); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	if _, err := exec(t.Context(), s, "DROP TABLE vmmp_entries"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context(), history.Query{}); !errors.Is(err, history.ErrDamaged) {
		t.Errorf("a table is missing: %v", err)
	}

	server.Kill(syscall.SIGQUIT)
	if err := s.Ping(t.Context()); err == nil || !strings.HasPrefix(err.Error(), history.Redact(location)+": ") {
		t.Errorf("no server: %v", err)
	}
	server.Start()
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("the server is back: %v", err)
	}
}

// Other tables in the database are left alone.
func TestPostgresShared(t *testing.T) {
	location := historytest.StartPostgres(t)
	s := mustOpen(t, location).(*store)
	for _, statement := range []string{
		"CREATE TABLE recipes (name text)", "INSERT INTO recipes VALUES ('goulash')", "CREATE TABLE goose_db_version (id int)",
	} {
		if _, err := s.exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	historytest.Add(t, mustOpen(t, location), historytest.FullEntry("a"))
}

func TestKilledOften(t *testing.T) {
	server := historytest.NewPostgres(t)
	t.Run("its client", func(t *testing.T) {
		historytest.RunKilled(t, openAt, server.Database(), 40, func(w *historytest.Writer) { w.Kill(t) })
	})
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGQUIT} {
		t.Run("its server, "+signal.String(), func(t *testing.T) {
			historytest.RunKilled(t, openAt, server.Database(), 5, func(w *historytest.Writer) {
				server.Kill(signal)
				w.Read(1 << 30) // to its end, since its appends fail
				w.Kill(t)
				server.Start()
			})
		})
	}
}

func TestBackup(t *testing.T) {
	server := historytest.NewPostgres(t)
	location := server.Database()
	historytest.RunBackup(t, openAt, location, func() string { return server.Restored(location) })
}
